import { ownerOf, placeOf, stacksIn, type CpuProfile } from './cpu-profile.js';

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 0 });
const TREE = 'file:///somewhere';

/** A sample each 1,000 µs: work, idle, inner, inner, idle, work. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 4] },
    { id: 2, callFrame: frame('work', `${TREE}/dist/apps/gateway/src/main.js`), children: [3] },
    { id: 3, callFrame: frame('inner', `${TREE}/node_modules/pg/lib/client.js`) },
    { id: 4, callFrame: frame('(idle)') },
  ],
  startTime: 10_000,
  endTime: 16_000,
  samples: [2, 4, 3, 3, 4, 2],
  timeDeltas: [1_000, 1_000, 1_000, 1_000, 1_000, 1_000],
};

const told = (window: { fromUs: number; toUs: number }) =>
  stacksIn(profile, window).map(({ frames, us }) => [frames.map(({ functionName }) => functionName).join('>'), us]);

it('stacks go from the outermost function to the innermost, and waiting is no work', () => {
  expect(told({ fromUs: 0, toUs: 99_999 })).toEqual([
    ['work', 2_000],
    ['work>inner', 2_000],
  ]);
});

it('only what was done in the window counts', () => {
  expect(told({ fromUs: 13_500, toUs: 15_000 })).toEqual([['work>inner', 1_000]]);
  expect(told({ fromUs: 20_000, toUs: 30_000 })).toEqual([]);
});

it('a place is told without the way to the tree, and belongs to somebody', () => {
  const ours = frame('a', `${TREE}/dist/libs/wire/src/link.js`);
  const packaged = frame('b', `${TREE}/dist/peers/node_modules/pg-protocol/dist/parser.js`);
  const node = frame('c', 'node:internal/streams/writable');
  expect([ours, packaged, node, frame('writev')].map(placeOf)).toEqual([
    'libs/wire/src/link.js',
    'pg-protocol/dist/parser.js',
    'node:internal/streams/writable',
    '',
  ]);
  expect([ours, packaged, node, frame('writev')].map(ownerOf)).toEqual(['ours', 'package', 'node', 'engine']);
});
