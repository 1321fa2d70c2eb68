import { posix } from 'node:path';

const FORBIDDEN = new Set(['utils', 'util', 'common', 'shared', 'types', 'interfaces', 'helpers', 'misc']);
const DEPTH_MAX = 2;

/** Folders that say nothing of what is in them, and folders too deep. Each is told once. */
export function findMisplaced({ files }) {
  const folders = new Set(files.map(({ path }) => posix.dirname(path)));
  return [...folders].flatMap((folder) => {
    const parts = folder.split('/');
    const breaches = [];
    const vague = parts.find((part) => FORBIDDEN.has(part));
    if (vague)
      breaches.push({
        where: folder,
        rule: 'folder name',
        fix: `"${vague}" says nothing; put each thing beside what uses it`,
      });
    const src = parts.indexOf('src');
    if (src >= 0 && parts.length - src - 1 > DEPTH_MAX) {
      breaches.push({ where: folder, rule: 'folder depth', fix: `at most ${DEPTH_MAX} folders below src; move it up` });
    }
    return breaches;
  });
}
