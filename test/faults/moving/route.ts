import { seeded } from '#testing';
import { Client } from 'pg';
import { Clients } from '../clients.js';
import { amount, pass } from '../length.js';
import { reckon } from '../reckoning.js';
import { MovingInstallation } from './installation.js';

const LOAD_MS = amount(2_000, 15_000);
const OUTAGE_MS = amount(1_000, 5_000);

/** How long a route of two moves may take, on a machine that is busy with other tests besides. */
export const ROUTE_MS_MAX = 480_000;

export type Route = readonly [string, ...string[]];

/** What the ledger and the clients say of a route on which nothing was lost, doubled or reordered. */
export const FAULTLESS = { faults: [], missing: [], wrong: [], effects: [], attemptsBurnt: [] };

/** The moves of a route as the ledger notes them: one has ended when the next begins. */
export function movesOf(route: Route): unknown[] {
  const targets = route.slice(1);
  return targets.map((target, index) => ({ source: route[index], target, ended: index < targets.length - 1 }));
}

/**
 * Moves an installation of its own from each transport of the route to the next, under load and with persistence killed on
 * the way. Resolves with what became of everything that was accepted. `brokers`: where those besides RabbitMQ are.
 */
export async function followRoute(route: Route, brokers?: Record<string, string>) {
  const installation = await MovingInstallation.create(brokers);
  try {
    return await underLoad(installation, route);
  } finally {
    await installation.remove();
  }
}

async function underLoad(installation: MovingInstallation, route: Route) {
  await installation.restartPersistences({ TRANSPORT: route[0] });
  await installation.startGateway(route[0]);
  const clients = new Clients(installation.url, seeded(), { clients: 8 });
  clients.start();
  await pass(LOAD_MS);
  let from = route[0];
  for (const to of route.slice(1)) {
    await move(installation, from, to);
    await pass(LOAD_MS);
    from = to;
  }
  await clients.stop();
  await installation.restartPersistences({ TRANSPORT: from });
  const reckoning = await reckon(installation.database.url, clients);
  process.stdout.write(`${route.join(' -> ')}: ${reckoning.accepted} accepted and accounted for\n`);
  return { ...reckoning, faults: clients.faults, moves: await notedMoves(installation) };
}

/** The procedure of docs/operations.md, with an outage of persistence before the seals and a crash behind them. */
async function move(installation: MovingInstallation, from: string, to: string): Promise<void> {
  await installation.restartPersistences({ TRANSPORT: to, DRAIN_FROM: from });
  const [first, second] = installation.persistences;
  await Promise.all([first?.kill(), second?.kill()]);
  await pass(OUTAGE_MS);
  await installation.stopGateway();
  await second?.start();
  const sealed = installation.seal(from);
  await first?.start();
  await second?.kill();
  await second?.start();
  expect(await sealed).toContain(`Every lane is sealed. Start the gateways with TRANSPORT=${to}.`);
  await installation.startGateway(to);
}

async function notedMoves(installation: MovingInstallation): Promise<unknown[]> {
  const client = new Client({ connectionString: installation.database.url });
  await client.connect();
  try {
    const text = `SELECT source, target, ended_at IS NOT NULL AS ended FROM transport_move ORDER BY started_at`;
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
