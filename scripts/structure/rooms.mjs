import { posix } from 'node:path';

/** Each room may import the ones below it. */
const LEVELS = ['contracts', 'settings', 'messaging', 'spool', 'wire', 'transports', 'starting'];

/** The room that a path lies in: `libs/messaging`, `apps/gateway`, `test`, `bench`. */
export function roomOf(path) {
  const [top, name] = path.split('/');
  return top === 'libs' || top === 'apps' ? `${top}/${name}` : top;
}

/** The file that a specifier of ours names; undefined for a package. */
export function targetOf(from, specifier) {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
  if (!specifier.startsWith('#')) return undefined;
  const name = specifier.slice(1);
  if (name === 'embedded') return 'apps/standalone/src/embedded/index.ts';
  const top = ['gateway', 'persistence', 'standalone'].includes(name) ? 'apps' : 'libs';
  return `${top}/${name}/src/index.ts`;
}

/** Specs, what only specs use, and the rooms of tests and benches. */
export function isTest(path) {
  return /^(test|bench)\//.test(path) || /\.(spec|fixture)\.ts$/.test(path);
}

/** Why one room may not import the other, as what to do instead; undefined when it may. */
export function whyForbidden(from, room, target) {
  if (room === target || /^(test|bench)$/.test(room)) return undefined;
  if (target === 'test' || target === 'bench')
    return 'nothing imports tests or benches; move the code to where it is used';
  if (target === 'libs/testing') {
    return isTest(from) ? undefined : 'only specs, test and bench import #testing; the product must work without it';
  }
  if (room.startsWith('apps/')) return whyAppMayNot(room, target);
  if (target.startsWith('apps/')) return 'libs never import apps; move what both need into a lib, or pass it in';
  if (room === 'libs/testing') return undefined;
  const [own, other] = [room, target].map((name) => LEVELS.indexOf(name.slice('libs/'.length)));
  if (own === -1 || other === -1)
    return `this room has no place in ${LEVELS.join(' <- ')}; give it one in scripts/structure`;
  return other < own ? undefined : `the direction is ${LEVELS.join(' <- ')}; turn the dependency round`;
}

function whyAppMayNot(room, target) {
  if (!target.startsWith('apps/') || room === 'apps/standalone') return undefined;
  return 'apps never import each other, only standalone composes them; put what both need into a lib';
}
