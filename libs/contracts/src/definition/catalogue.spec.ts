import { z } from 'zod';
import { Catalogue } from './catalogue.js';
import { defineCommand } from './command.js';
import { defineQuery } from './request.js';
import { noRetry } from './retry-policy.js';
import { toPointer, validate } from './schema.js';
import { relaxedStream, strictStream } from './stream.js';

const payload = z.strictObject({ id: z.string(), tags: z.array(z.int()).optional() });
const command = (type: string, stream = strictStream('thing')) =>
  defineCommand({ type, summary: 'Do', payload, stream, key: (thing) => thing.id, retry: noRetry() });

describe('a catalogue', () => {
  test('finds commands and requests by type', () => {
    const query = defineQuery({ type: 'things.get.v1', summary: 'Get', payload, answer: z.string() });
    const catalogue = new Catalogue([command('things.do.v1'), query]);
    expect([...catalogue.commands.keys()]).toEqual(['things.do.v1']);
    expect([...catalogue.requests.keys()]).toEqual(['things.get.v1']);
  });

  test('refuses a type that two contracts have', () => {
    expect(() => new Catalogue([command('things.do.v1'), command('things.do.v1')])).toThrow(/'things\.do\.v1'/);
  });

  test('refuses a stream that is strict in one contract and relaxed in another, naming both', () => {
    const contracts = [command('things.do.v1'), command('things.undo.v1', relaxedStream('thing'))];
    expect(() => new Catalogue(contracts)).toThrow(/things\.do\.v1.*things\.undo\.v1/);
  });
});

describe('a contract', () => {
  test.each(['orders', 'orders.place', 'Orders.place.v1', 'orders.place.v0', 'orders place.v1', ''])(
    "refuses the type name '%s'",
    (type) => expect(() => command(type)).toThrow(/contract type/),
  );
});

describe('validation', () => {
  test('points at every fault at once', () => {
    const result = validate(payload, { id: 7, tags: [1, 'two'], more: true });
    const pointers = result.valid ? [] : result.faults.map((fault) => fault.pointer);
    expect(pointers.toSorted()).toEqual(['', '/id', '/tags/1']);
  });

  test('returns the value of what is valid', () => {
    expect(validate(payload, { id: 'a' })).toEqual({ valid: true, value: { id: 'a' } });
  });

  test('escapes pointers as RFC 6901 says', () => {
    expect(toPointer(['a/b', 'c~d', 0])).toBe('/a~1b/c~0d/0');
  });
});
