import MixedSequencer, { mixed } from './mixed-sequencer.js';

describe('The order of suites', () => {
  test('spreads the few over the first part of the many, and keeps the order of each', () => {
    expect(mixed(['A', 'B'], ['a', 'b', 'c', 'd', 'e'])).toEqual(['A', 'a', 'b', 'B', 'c', 'd', 'e']);
    expect(mixed(['A', 'B', 'C'], ['a'])).toEqual(['A', 'B', 'C', 'a']);
    expect(mixed(['A', 'B'], [])).toEqual(['A', 'B']);
    expect(mixed([], ['a', 'b'])).toEqual(['a', 'b']);
  });

  test('knows conformance suites and chaos by their paths', async () => {
    const paths = [
      '/x/a.spec.js',
      '/x/b.spec.js',
      '/x/c.spec.js',
      '/x/chaos/run/chaos.spec.js',
      '/x/tcp.conformance.spec.js',
    ];
    const config = { cacheDirectory: '/nowhere', id: 'none', rootDir: '/' };
    const context = { config, hasteFS: { getSize: (path: string) => paths.length - paths.indexOf(path) } };
    const tests = paths.map((path) => ({ path, context })) as unknown as Parameters<MixedSequencer['sort']>[0];
    const sorted = await new MixedSequencer({ contexts: [], globalConfig: {} as never }).sort(tests);
    expect(sorted.map(({ path }) => path)).toEqual([paths[3], paths[0], paths[4], paths[1], paths[2]]);
  });
});
