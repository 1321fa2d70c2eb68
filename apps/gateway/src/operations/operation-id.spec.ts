import { randomUUID } from 'node:crypto';
import { catalogue } from '#contracts';
import fc from 'fast-check';
import { OperationIds } from './operation-id.js';
import { OperationTypes } from './operation-types.js';

const types = new OperationTypes(catalogue.commands.keys());
const [first, second, third] = ['a', 'b', 'c'].map((letter) => letter.repeat(32)) as [string, string, string];
const ids = new OperationIds([first], types);

const uuid = fc.uuid();
const fingerprint = fc.stringMatching(/^[0-9a-f]{16}$/);
const type = fc.constantFrom(...catalogue.commands.keys());
const principal = fc.string({ minLength: 1, maxLength: 200 });

test('an id gives back what it was made of, to its principal', () => {
  fc.assert(
    fc.property(uuid, fingerprint, type, principal, (commandId, print, name, who) => {
      const id = ids.issue(commandId, print, name, who);
      expect(id).toMatch(/^[A-Za-z0-9_-]{58}$/);
      expect(ids.read(id, who)).toEqual({ commandId, fingerprint: print, type: name });
    }),
  );
});

test('nobody reads the id of another principal', () => {
  fc.assert(
    fc.property(uuid, fingerprint, principal, principal, (commandId, print, who, other) => {
      fc.pre(who !== other);
      expect(ids.read(ids.issue(commandId, print, 'orders.place.v1', who), other)).toBeUndefined();
    }),
  );
});

test('changing any letter of an id makes it one that was never issued', () => {
  const id = ids.issue(randomUUID(), '0123456789abcdef', 'orders.place.v1', 'anonymous');
  for (let place = 0; place < id.length; place++) {
    for (const letter of ['A', 'b', '7', '-', '_', '+', '=', ' ']) {
      if (id[place] === letter) continue;
      expect(ids.read(id.slice(0, place) + letter + id.slice(place + 1), 'anonymous')).toBeUndefined();
    }
  }
});

test('garbage of any kind is no id', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
      expect(ids.read(text, 'x')).toBeUndefined();
    }),
  );
  const bytes = fc.uint8Array({ minLength: 43, maxLength: 43 });
  fc.assert(
    fc.property(bytes, (raw) => {
      expect(ids.read(Buffer.from(raw).toString('base64url'), 'x')).toBeUndefined();
    }),
  );
});

test('after a rotation the new secret signs, and ids of the old one are still read until it is dropped', () => {
  const commandId = randomUUID();
  const issue = (secrets: string[]) =>
    new OperationIds(secrets, types).issue(commandId, '0123456789abcdef', 'orders.place.v1', 'anonymous');
  const old = issue([first]);
  const rotated = new OperationIds([second, first], types);
  expect(rotated.read(old, 'anonymous')).toMatchObject({ commandId });
  expect(issue([second, first])).toBe(issue([second]));
  expect(new OperationIds([third, second], types).read(old, 'anonymous')).toBeUndefined();
});

test('a list without secrets is refused', () => {
  expect(() => new OperationIds([], types)).toThrow('OPERATION_SECRETS');
});
