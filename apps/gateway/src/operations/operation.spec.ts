import type { Outcome } from '#contracts';
import { derivedCommandId, timedCommandId } from '#messaging';
import { hasEnded, isSettled, operation, operationOf } from './operation.js';

const commandId = timedCommandId(1_763_800_000_000);
const reference = { commandId, fingerprint: '0123456789abcdef', type: 'orders.place.v1' };
const outcome: Outcome = {
  commandId,
  fingerprint: '0123456789abcdef',
  type: 'orders.place.v1',
  state: 'applied',
  attempts: 2,
  acceptedAt: '2026-11-22T09:30:00.000Z',
  updatedAt: '2026-11-22T09:30:01.000Z',
  nextAttemptAt: null,
  error: null,
  result: { version: 1 },
};

test('without a ledger line it is accepted, at the time that its id carries', () => {
  const told = operationOf('the-id', reference, 'disk', { ledger: 'unavailable' });
  expect(told).toEqual({
    id: 'the-id',
    type: 'orders.place.v1',
    status: 'accepted',
    durability: 'disk',
    acceptedAt: new Date(1_763_800_000_000).toISOString(),
    attempts: 0,
    ledger: 'unavailable',
    links: { self: '/operations/the-id', events: '/operations/the-id/events' },
  });
  expect(operation.safeParse(told).success).toBe(true);
});

test('a derived id does not say when it was accepted until the ledger does', () => {
  const derived = { ...reference, commandId: derivedCommandId('anonymous', 'orders.place.v1', 'key') };
  expect(operationOf('the-id', derived, 'disk', {})).not.toHaveProperty('acceptedAt');
  expect(operationOf('the-id', derived, 'disk', { outcome })).toHaveProperty('acceptedAt', outcome.acceptedAt);
});

test('the ledger line tells status, attempts, times, error and result', () => {
  const error = { code: 'unknown', message: 'It failed.' };
  const retrying: Outcome = { ...outcome, state: 'retrying', nextAttemptAt: '2026-11-22T09:31:00.000Z', error };
  expect(operationOf('id', reference, 'disk', { outcome })).toMatchObject({
    status: 'applied',
    result: { version: 1 },
  });
  const told = operationOf('id', reference, 'disk', { outcome: retrying, ledger: 'reached' });
  expect(told).toMatchObject({ status: 'retrying', attempts: 2, nextAttemptAt: retrying.nextAttemptAt, error });
  expect(operation.safeParse(told).success).toBe(true);
});

test('an expired command is told as expired, which settles it', () => {
  const error = { code: 'expired', message: 'It had not run by its expiry time.' };
  const expired: Outcome = { ...outcome, state: 'expired', attempts: 0, error, result: null };
  const told = operationOf('id', reference, 'disk', { outcome: expired, ledger: 'reached' });
  expect(told).toMatchObject({ status: 'expired', attempts: 0, error });
  expect([operation.safeParse(told).success, isSettled(told)]).toEqual([true, true]);
});

test('a line with another payload means that the key was used again', () => {
  const told = operationOf('id', { ...reference, fingerprint: 'ffffffffffffffff' }, 'disk', { outcome });
  expect(told).toMatchObject({ status: 'rejected', attempts: 0, error: { code: 'idempotency-key-reused' } });
  expect(told).not.toHaveProperty('result');
});

test('a dead letter has ended, but is not settled: it may be replayed', () => {
  expect([hasEnded('dead'), isSettled({ status: 'dead' })]).toEqual([true, false]);
  expect([hasEnded('parked'), isSettled({ status: 'accepted' })]).toEqual([false, false]);
  for (const state of ['applied', 'rejected', 'expired', 'discarded'] as const) {
    expect([hasEnded(state), isSettled({ status: state })]).toEqual([true, true]);
  }
});

test('the documented example is an operation', () => {
  const examples = (operation.meta()?.examples ?? []) as { id: string }[];
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) {
    expect(operation.safeParse(example).success).toBe(true);
    expect(example.id).toHaveLength(58);
  }
});
