import fc from 'fast-check';
import { Problem } from '../http/problem.js';
import { parseIdempotencyKey } from './idempotency-key.js';

function refusal(field: string | string[]): unknown {
  try {
    return parseIdempotencyKey(field);
  } catch (error) {
    return (error as Problem).details;
  }
}

test('a quoted string is the key, and so is the same text bare', () => {
  expect(parseIdempotencyKey('"8e03978e-40d5-43dd"')).toBe('8e03978e-40d5-43dd');
  expect(parseIdempotencyKey('8e03978e-40d5-43dd')).toBe('8e03978e-40d5-43dd');
  expect(parseIdempotencyKey('  "with space, and; more" ')).toBe('with space, and; more');
});

test('no header is no key', () => {
  expect(parseIdempotencyKey(undefined)).toBeUndefined();
});

test('every printable text of up to 255 characters can be quoted', () => {
  const printable = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 255,
  });
  fc.assert(
    fc.property(printable, (key) => {
      expect(parseIdempotencyKey(`"${key.replaceAll(/["\\]/g, String.raw`\$&`)}"`)).toBe(key);
    }),
  );
});

test('parameters after the string mean nothing', () => {
  expect(parseIdempotencyKey('"key"; a=1')).toBe('key');
});

test.each([
  '',
  '""',
  '"open',
  'closed"',
  '"a" "b"',
  '"a","b"',
  'a,b',
  'a b',
  'a;b',
  String.raw`"a\b"`,
  '"é"',
  'é',
  '"a\tb"',
])('<%s> is refused with the header named', (field) => {
  expect(refusal(field)).toMatchObject({
    status: 400,
    type: '/problems/invalid-request',
    errors: [{ header: 'Idempotency-Key' }],
  });
});

test('two headers are refused, and so are 256 characters', () => {
  expect(refusal(['"a"', '"b"'])).toMatchObject({ status: 400 });
  expect(parseIdempotencyKey(`"${'k'.repeat(255)}"`)).toHaveLength(255);
  expect(refusal(`"${'k'.repeat(256)}"`)).toMatchObject({ status: 400 });
});
