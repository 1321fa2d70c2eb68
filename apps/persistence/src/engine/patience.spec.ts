import { TransactionFailure, type ErrorOrigin } from '../database/error-table.js';
import { Breaker } from './breaker.js';
import { patiently, SYSTEMIC_MAX } from './patience.js';

const never = new AbortController().signal;
/** A database of which probe and proof succeed, whatever its statements do. */
const breaker = () => new Breaker({ probe: async () => undefined, stand: async () => undefined });

/** Fails so often, and works then. */
async function triedWith(failures: number, origin: ErrorOrigin, code?: string) {
  let tries = 0;
  const tried = await patiently(breaker(), never, async () => {
    if (tries++ < failures) throw new TransactionFailure(origin, Object.assign(new Error('Failed.'), { code }));
    return 'done';
  });
  return { done: tried.done, tries };
}

test.each([
  ['its disk is full', 'server', '53100'],
  ['it has no connection left', 'server', '53300'],
  ['it only reads', 'server', '25006'],
  ['nobody is let in', 'server', '28P01'],
  ['the transaction did not begin', 'pool', undefined],
] as const)('is not used up by a database of which %s, though its probe is green', async (_, origin, code) => {
  expect(await triedWith(3 * SYSTEMIC_MAX, origin, code)).toEqual({ done: true, tries: 3 * SYSTEMIC_MAX + 1 });
});

test.each([
  ['ends its connection', 'connection', undefined],
  ['ends the server', 'server', '57P02'],
] as const)('is used up by what %s though the database stands', async (_, origin, code) => {
  expect(await triedWith(3 * SYSTEMIC_MAX, origin, code)).toEqual({ done: false, tries: SYSTEMIC_MAX + 1 });
});
