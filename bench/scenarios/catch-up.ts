import { setTimeout as pass } from 'node:timers/promises';
import { caughtUp, dueAt } from '../measuring/transactions.js';
import { flow } from './acting.js';
import type { Measured, Stage } from './scenario.js';

const PER_SECOND = 500;
const SECOND_MS = 1_000;
/** The load goes on behind the outage for as many times as long as it lasted. */
const GOES_ON = 2;
/** No more than so many seconds of load wait: as much as on a good day. */
const SLACK_SECONDS = 0.2;

/**
 * The database is killed and comes back while commands go on at a constant rate: how long, from its first connection on, until
 * nothing waits that would not wait anyway, and how fast what had gathered was written beside what went on coming.
 */
export async function catchUp(stage: Stage): Promise<Measured[]> {
  const { rows, ground, sizes } = stage;
  const commands = PER_SECOND * sizes.outageSeconds * (1 + GOES_ON);
  await rows.clear();
  await ground.postgres.kill();
  const killedMs = Date.now();
  const comeBack = async () => {
    await pass(sizes.outageSeconds * SECOND_MS);
    await ground.postgres.restart();
    return Date.now();
  };
  const [{ beganEpochMs: beganMs }, backMs] = await Promise.all([flow(stage, PER_SECOND, commands), comeBack()]);
  await rows.settle(commands, 'the catching up');
  const load = { beganMs, perSecond: PER_SECOND, commands };
  const transactions = await rows.transactions();
  const gone = caughtUp(transactions, load, backMs, PER_SECOND * SLACK_SECONDS);
  if (!gone) throw new Error('All rows are there, and yet the backlog was never gone.');
  const values = {
    awaySeconds: (backMs - killedMs) / SECOND_MS,
    backlog: dueAt(load, backMs),
    goneSeconds: (gone.atMs - backMs) / SECOND_MS,
    perSecond: (gone.rows * SECOND_MS) / (gone.atMs - backMs),
  };
  return [{ scenario: 'catch-up', values }];
}
