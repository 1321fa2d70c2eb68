import { defineCommand, exponentialBackoff, KEY_LENGTH_MAX, relaxedStream, type CommandDefinition } from '#contracts';
import { z } from 'zod';
import { Problem } from '../http/problem.js';
import { draftOf } from './draft.js';
import type { Submission } from './submission.js';

interface Note {
  readonly about: string;
}

const note: CommandDefinition<Note, never> = {
  type: 'notes.write.v1',
  summary: 'Write a note',
  payload: z.strictObject({ about: z.string() }),
  stream: relaxedStream('note'),
  key: ({ about }) => about,
  retry: exponentialBackoff({ attemptsMax: 1, initialMs: 1, delayMsMax: 1 }),
};
const WriteNote = defineCommand(note);

const submission: Submission = {
  principal: 'ann',
  idempotencyKey: undefined,
  preferences: { respondAsync: false },
  trace: {},
  acceptance: {},
  receivedAt: 0,
  signal: new AbortController().signal,
};

function problemIn(work: () => unknown): Problem['details'] {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error.details;
    throw error;
  }
  throw new Error('Nothing was refused.');
}

test('a contract that requires an Idempotency-Key refuses a command without one with 400, and names the header', () => {
  const careful = defineCommand({ ...note, idempotencyKeyRequired: true });
  expect(problemIn(() => draftOf(careful, { about: 'a' }, submission, 16))).toMatchObject({
    type: '/problems/idempotency-key-missing',
    status: 400,
    errors: [{ header: 'Idempotency-Key' }],
  });
  expect(draftOf(careful, { about: 'a' }, { ...submission, idempotencyKey: 'k' }, 16).repeatable).toBe(true);
  expect(draftOf(WriteNote, { about: 'a' }, submission, 16).repeatable).toBe(false);
});

test('a key of KEY_LENGTH_MAX is taken, a longer one refused with 400, and the fault has the place in the batch', () => {
  const longest = 'k'.repeat(KEY_LENGTH_MAX);
  expect(draftOf(WriteNote, { about: longest }, submission, 16).envelope.partitionKey).toBe(`note:${longest}`);
  const refusal = (index?: number) =>
    problemIn(() => draftOf(WriteNote, { about: `${longest}k` }, submission, 16, index));
  expect(refusal()).toMatchObject({ type: '/problems/invalid-request', status: 400, errors: [{ pointer: '' }] });
  expect(refusal(7).errors).toMatchObject([{ pointer: '/7' }]);
});

test('a command that expires carries when, counted from its own time, and any other carries no such attribute', () => {
  const shortLived = defineCommand({ ...note, expiresAfterMs: 60_000 });
  const { timeMs, attributes } = draftOf(shortLived, { about: 'a' }, submission, 16).envelope;
  expect(attributes).toEqual({ principal: 'ann', expirytime: new Date(timeMs + 60_000).toISOString() });
  expect(draftOf(WriteNote, { about: 'a' }, submission, 16).envelope.attributes).toEqual({ principal: 'ann' });
});

test('the commands of one request with one Idempotency-Key have ids of their own, the same at a repetition', () => {
  const keyed = { ...submission, idempotencyKey: 'k' };
  const idAt = (index?: number) => draftOf(WriteNote, { about: 'a' }, keyed, 16, index).envelope.id;
  expect(new Set([idAt(), idAt(0), idAt(1)]).size).toBe(3);
  expect([idAt(), idAt(1)]).toEqual([idAt(), idAt(1)]);
});
