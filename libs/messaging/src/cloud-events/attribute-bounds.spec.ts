import fc from 'fast-check';
import type { Envelope } from '../envelope.js';
import { attributesFault } from './attribute-bounds.js';

/** Around the bounds, in letters of one, two and three bytes. */
const text = (lengthMax: number) =>
  fc.tuple(fc.constantFrom('a', 'ü', '€'), fc.nat(lengthMax)).map(([letter, length]) => letter.repeat(length));

describe('the bound of what fits into headers', () => {
  it('counts bytes, also where it need not measure them', () => {
    const names = fc.uniqueArray(text(220), { maxLength: 4 });
    fc.assert(
      fc.property(names, fc.array(text(20_000), { minLength: 4, maxLength: 4 }), text(20_000), (given, values, id) => {
        const attributes = Object.fromEntries(given.map((name, index) => [name, values[index] ?? '']));
        const envelope = { id, type: 't', source: 's', partitionKey: 'k', attributes } as unknown as Envelope;
        const size = (name: string, value: string) => 32 + Buffer.byteLength(name) + Buffer.byteLength(value);
        const own = [id, 't', 's', 'k'].reduce((sum, value) => sum + size('', value), 0);
        const bytes = Object.entries(attributes).reduce((sum, [name, value]) => sum + size(name, value), own);
        const fits = bytes <= 48 * 1024 && given.every((name) => Buffer.byteLength(name) <= 200);
        expect(attributesFault(envelope) === undefined).toBe(fits);
      }),
      { numRuns: 1_000 },
    );
  });
});
