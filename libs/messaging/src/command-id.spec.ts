import fc from 'fast-check';
import { derivedCommandId, timedCommandId, timeOfCommandId } from './command-id.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('a timed command id', () => {
  test('is a UUIDv7 that gives its millisecond back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (nowMs) => {
        const id = timedCommandId(nowMs);
        expect(id).toMatch(UUID);
        expect(timeOfCommandId(id)).toBe(nowMs);
      }),
    );
  });

  test('is never the same twice', () => {
    const ids = new Set(Array.from({ length: 100_000 }, () => timedCommandId(1)));
    expect(ids.size).toBe(100_000);
  });
});

describe('a derived command id', () => {
  test('is a UUIDv8, the same for the same parts, and tells no time', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (parts) => {
        const id = derivedCommandId(...parts);
        expect(id).toMatch(UUID);
        expect(id).toBe(derivedCommandId(...parts));
        expect(timeOfCommandId(id)).toBeUndefined();
      }),
    );
  });

  test('differs for parts that only join to the same text', () => {
    expect(derivedCommandId('ab', 'c')).not.toBe(derivedCommandId('a', 'bc'));
    expect(derivedCommandId('a', '')).not.toBe(derivedCommandId('a'));
  });
});
