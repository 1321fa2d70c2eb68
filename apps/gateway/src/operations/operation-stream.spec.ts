import type { Operation } from './operation.js';
import { eventIdOf, HEARTBEAT_MS, OperationStream } from './operation-stream.js';

const HOUR_MS = 3_600_000;
const accepted: Operation = {
  id: 'id',
  type: 'orders.place.v1',
  status: 'accepted',
  durability: 'disk',
  attempts: 0,
  links: { self: '/operations/id', events: '/operations/id/events' },
};
const retrying: Operation = { ...accepted, status: 'retrying', attempts: 1, nextAttemptAt: '2026-11-22T09:31:00.000Z' };
const applied: Operation = { ...accepted, status: 'applied', attempts: 2 };

async function textOf(stream: OperationStream): Promise<string> {
  let text = '';
  for await (const chunk of stream.readable) text += chunk;
  return text;
}

const eventOf = (told: Operation) => `id: ${eventIdOf(told)}\ndata: ${JSON.stringify(told)}\n\n`;

test('each change is told once, and the settled state ends the stream', async () => {
  const stream = new OperationStream(HOUR_MS);
  for (const told of [accepted, accepted, retrying, { ...retrying, ledger: 'reached' as const }, applied, retrying]) {
    stream.tell(told);
  }
  expect(await textOf(stream)).toBe(`retry: 2000\n\n${eventOf(accepted)}${eventOf(retrying)}${eventOf(applied)}`);
});

test('what the client saw last is not told again', async () => {
  const stream = new OperationStream(HOUR_MS, eventIdOf(retrying));
  stream.tell(retrying);
  expect([stream.told, stream.ended]).toEqual([false, false]);
  stream.tell(applied);
  expect(await textOf(stream)).toBe(`retry: 2000\n\n${eventOf(applied)}`);
});

test('a client that saw the settled state is told nothing, and the stream ends', () => {
  const stream = new OperationStream(HOUR_MS, eventIdOf(applied));
  stream.tell(applied);
  expect([stream.told, stream.ended, stream.superfluous]).toEqual([false, true, true]);
});

test('a stream that ends before anything was told leaves the client to connect again', async () => {
  const stream = new OperationStream(HOUR_MS);
  stream.end();
  stream.tell(applied);
  expect(stream.superfluous).toBe(false);
  expect(await textOf(stream)).toBe('retry: 2000\n\n');
});

test('a dead letter leaves the stream open', () => {
  const stream = new OperationStream(HOUR_MS);
  stream.tell({ ...accepted, status: 'dead', attempts: 8 });
  expect(stream.ended).toBe(false);
  stream.end();
});

test('states that differ in anything that counts have different event ids', () => {
  const states = [accepted, retrying, applied, { ...retrying, attempts: 2 }];
  states.push({ ...retrying, nextAttemptAt: '2026-11-22T09:32:00.000Z' });
  states.push({ ...retrying, error: { code: 'unknown', message: 'It failed.' } });
  expect(new Set(states.map(eventIdOf)).size).toBe(states.length);
  expect(states.map(eventIdOf).every((id) => /^[a-z]+-[0-9a-f]{16}$/.test(id))).toBe(true);
});

test('it ends for good when the client leaves, and its callbacks run once', async () => {
  const stream = new OperationStream(HOUR_MS);
  let ends = 0;
  stream.onEnd(() => ends++);
  await stream.readable.cancel();
  stream.end();
  stream.tell(applied);
  expect(ends).toBe(1);
});

test('it lasts no longer than it may', async () => {
  const stream = new OperationStream(5);
  stream.tell(accepted);
  expect(await textOf(stream)).toBe(`retry: 2000\n\n${eventOf(accepted)}`);
});

test('a reading client gets a heartbeat, one that does not read gets none', async () => {
  const { jest } = import.meta;
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  try {
    const stream = new OperationStream(HOUR_MS);
    jest.advanceTimersByTime(3 * HEARTBEAT_MS);
    const reader = stream.readable.getReader();
    expect((await reader.read()).value).toBe('retry: 2000\n\n');
    jest.advanceTimersByTime(HEARTBEAT_MS);
    expect((await reader.read()).value).toBe(':\n\n');
    stream.end();
    expect((await reader.read()).done).toBe(true);
  } finally {
    jest.useRealTimers();
  }
});
