import imported from '@jest/test-sequencer';

/** The package's types are those of its CommonJS file, and what is imported is that file's default. */
const Sequencer = imported as unknown as typeof imported.default;
type Tests = Parameters<InstanceType<typeof Sequencer>['sort']>[0];

/** They wait for what they break to be noticed; most other suites compute. */
const WAITING = /\.conformance\.spec\.js$|\/chaos\/run\//;
/** The last of the waiting ones begin when so much of the others has begun, so that nothing long is left for the end. */
const SPREAD = 0.8;

/** Lets suites that wait run beside suites that compute. */
export default class MixedSequencer extends Sequencer {
  override async sort(tests: Tests): Promise<Tests> {
    const sorted = await super.sort(tests);
    const isWaiting = ({ path }: { readonly path: string }) => WAITING.test(path);
    return mixed(
      sorted.filter(isWaiting),
      sorted.filter((test) => !isWaiting(test)),
    );
  }
}

/** All of both, each in its order, `few` spread evenly over the first part of `many`. */
export function mixed<Item>(few: readonly Item[], many: readonly Item[]): Item[] {
  const places = few.map((_, index) => Math.floor((index * SPREAD * many.length) / few.length));
  const result: Item[] = [];
  let next = 0;
  for (const [place, item] of many.entries()) {
    while (next < few.length && places[next]! <= place) result.push(few[next++]!);
    result.push(item);
  }
  return [...result, ...few.slice(next)];
}
