import { quantile } from '../measuring/median.js';
import { Connection } from './connection.js';
import { readingBody, type LoadPlan, type LoadResult } from './plan.js';

/** How often a constant rate looks at the clock. */
const TICK_MS = 1;
const SECOND_MS = 1_000;
const ACCEPTED = 202;

process.on('message', (plan: LoadPlan) => {
  apply(plan).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.send?.('ready');

async function apply(plan: LoadPlan): Promise<LoadResult> {
  const connections = await Promise.all(Array.from({ length: plan.connections }, () => Connection.open(plan.url)));
  const tally = new Tally();
  const beganEpochMs = Date.now();
  const began = performance.now();
  if (plan.perSecond) await atConstantRate(plan.perSecond, plan.requests, connections, tally);
  else await asFastAsAnswered(plan.requests, connections, tally);
  const seconds = (performance.now() - began) / SECOND_MS;
  for (const connection of connections) connection.close();
  return { ...tally.summary(), seconds, beganEpochMs };
}

async function asFastAsAnswered(requests: number, connections: readonly Connection[], tally: Tally): Promise<void> {
  let next = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (next < requests) {
        const sent = performance.now();
        tally.add(await connection.post(readingBody(next++)), sent);
      }
    }),
  );
}

async function atConstantRate(perSecond: number, requests: number, connections: Connection[], tally: Tally) {
  const idle = [...connections];
  const under: Promise<void>[] = [];
  const began = performance.now();
  for (let next = 0; next < requests; await new Promise((wake) => setTimeout(wake, TICK_MS))) {
    const due = Math.min(requests, Math.floor(((performance.now() - began) * perSecond) / SECOND_MS) + 1);
    while (next < due) {
      const connection = idle.pop();
      if (!connection) break;
      const dueAt = began + (next * SECOND_MS) / perSecond;
      const answered = connection.post(readingBody(next++)).then((status) => {
        tally.add(status, dueAt);
        idle.push(connection);
      });
      under.push(answered);
    }
  }
  await Promise.all(under);
}

class Tally {
  readonly #latenciesMs: number[] = [];
  #refused = 0;

  add(status: number, since: number): void {
    this.#latenciesMs.push(performance.now() - since);
    if (status !== ACCEPTED) this.#refused++;
  }

  summary(): Pick<LoadResult, 'accepted' | 'refused' | 'p50Ms' | 'p99Ms'> {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    const accepted = sorted.length - this.#refused;
    return { accepted, refused: this.#refused, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) };
  }
}
