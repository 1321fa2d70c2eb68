import { quantile } from '../measuring/median.js';
import { Connection } from './connection.js';
import { bodyOf, type LoadPlan, type LoadResult } from './plan.js';

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
  try {
    if (plan.perSecond) await atConstantRate(plan.perSecond, plan.commands, connections, tally);
    else await asFastAsAnswered(plan, connections, tally);
    const seconds = (performance.now() - began) / SECOND_MS;
    return { ...tally.summary(), seconds, beganEpochMs };
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function asFastAsAnswered({ commands, perRequest = 1 }: LoadPlan, connections: Connection[], tally: Tally) {
  let next = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (next < commands) {
        const count = Math.min(perRequest, commands - next);
        const body = bodyOf(next, count, perRequest);
        next += count;
        const sent = performance.now();
        tally.add(await connection.post(body), sent, count);
      }
    }),
  );
}

/** A connection that breaks ends it at once, since what comes after would be late for another reason than the system's. */
async function atConstantRate(perSecond: number, commands: number, connections: Connection[], tally: Tally) {
  const idle = [...connections];
  const { promise: broken, reject } = Promise.withResolvers<never>();
  const under: Promise<void>[] = [];
  const began = performance.now();
  const send = (number: number, connection: Connection) => {
    const dueAt = began + (number * SECOND_MS) / perSecond;
    const answered = connection.post(bodyOf(number, 1, 1)).then((status) => {
      tally.add(status, dueAt, 1);
      idle.push(connection);
    }, reject);
    under.push(answered);
  };
  for (let next = 0; next < commands; await Promise.race([broken, tick()])) {
    const due = Math.min(commands, Math.floor(((performance.now() - began) * perSecond) / SECOND_MS) + 1);
    while (next < due) {
      // The one that waited longest: servers close a connection that has asked nothing for some seconds.
      const connection = idle.shift();
      if (!connection) break;
      send(next++, connection);
    }
  }
  await Promise.race([broken, Promise.all(under)]);
}

const tick = () => new Promise((wake) => setTimeout(wake, TICK_MS));

class Tally {
  readonly #latenciesMs: number[] = [];
  readonly #refusals: Record<string, number> = {};
  #accepted = 0;
  #refused = 0;

  add(status: number, since: number, commands: number): void {
    this.#latenciesMs.push(performance.now() - since);
    if (status === ACCEPTED) {
      this.#accepted += commands;
      return;
    }
    this.#refused += commands;
    this.#refusals[status] = (this.#refusals[status] ?? 0) + commands;
  }

  summary(): Omit<LoadResult, 'seconds' | 'beganEpochMs'> {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    const [accepted, refused] = [this.#accepted, this.#refused];
    const refusals = this.#refusals;
    return { accepted, refused, refusals, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) };
  }
}
