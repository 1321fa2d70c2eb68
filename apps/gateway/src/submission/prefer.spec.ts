import fc from 'fast-check';
import { parsePrefer } from './prefer.js';

test.each([
  ['wait=5', 5, false],
  ['wait = 5', 5, false],
  ['Wait="5"', 5, false],
  ['respond-async, wait=10', 10, true],
  ['respond-async;wait=10', undefined, true],
  ['wait=7; unit="s"; x, return=minimal', 7, false],
  ['return=minimal;foo="a,b;wait=9", wait=3', 3, false],
  ['handling="strict, wait=9", respond-async', undefined, true],
  ['foo="a\\", wait=9", wait=4', 4, false],
  ['wait=2, wait=9', 2, false],
  [', , wait=6 ,', 6, false],
  ['wait=31', 30, false],
  ['wait=999999999', 30, false],
])('%s waits %s s', (field, waitSeconds, respondAsync) => {
  expect(parsePrefer(field)).toEqual({ respondAsync, ...(waitSeconds === undefined ? {} : { waitSeconds }) });
});

test.each(['', 'wait', 'wait=', 'wait=0', 'wait=-1', 'wait=1.5', 'wait=soon', 'waiting=5', '"wait=5"', '(, =, ;'])(
  '"%s" asks for nothing that is known',
  (field) => {
    expect(parsePrefer(field)).toEqual({ respondAsync: false });
  },
);

test('several fields count as one list, and no field is no preference', () => {
  expect(parsePrefer(['respond-async', 'wait=3'])).toEqual({ respondAsync: true, waitSeconds: 3 });
  expect(parsePrefer(undefined)).toEqual({ respondAsync: false });
});

test('what cannot be read is skipped up to the next item', () => {
  expect(parsePrefer('@@@ ???, wait=3')).toEqual({ respondAsync: false, waitSeconds: 3 });
});

test('no field makes it fail or wait outside of the bounds', () => {
  const noise = fc.string({ unit: fc.constantFrom(...'wait=5,; "\\respond-async@é'.split('')), maxLength: 200 });
  fc.assert(
    fc.property(noise, (field) => {
      const { waitSeconds = 1 } = parsePrefer(field);
      expect(waitSeconds).toBeGreaterThanOrEqual(1);
      expect(waitSeconds).toBeLessThanOrEqual(30);
    }),
  );
});

test('a long field of near misses is read to its end', () => {
  for (const noise of ['wait;a="'.repeat(2_001), `x${' '.repeat(16_000)}y`, 'x ;'.repeat(5_000), '"\\'.repeat(5_001)]) {
    expect(parsePrefer(`wait=3, ${noise}`)).toEqual({ respondAsync: false, waitSeconds: 3 });
  }
});
