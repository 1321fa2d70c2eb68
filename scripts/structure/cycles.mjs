import { targetOf } from './rooms.mjs';

/** Files that import themselves by way of others, once for each cycle. Imports of types alone are no cycle. */
export function findCycles({ sources }) {
  const edges = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.filter(({ typeOnly }) => !typeOnly).map(({ specifier }) => targetOf(path, specifier)),
    ]),
  );
  const breaches = [];
  const done = new Set();
  const walk = (path, trail) => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      const cycle = [...trail.slice(at), path].join(' -> ');
      breaches.push({ where: path, rule: 'cycle', fix: `move what both ends need into a file of its own: ${cycle}` });
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) if (edges.has(next)) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return breaches;
}
