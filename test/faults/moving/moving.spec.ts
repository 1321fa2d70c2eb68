import { seeded } from '#testing';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { Clients } from '../clients.js';
import { amount, pass } from '../length.js';
import { reckon } from '../reckoning.js';
import { MovingInstallation } from './installation.js';

Logger.overrideLogger(['error', 'fatal']);

const LOAD_MS = amount(2_000, 15_000);
const OUTAGE_MS = amount(1_000, 5_000);

describe('an installation moves to another transport under load', () => {
  let installation: MovingInstallation;

  beforeAll(async () => {
    installation = await MovingInstallation.create();
  });

  afterAll(async () => {
    await installation?.remove();
  });

  test('tcp to rabbitmq and back, with persistence killed on the way: nothing is lost, doubled or reordered', async () => {
    await installation.restartPersistences({ TRANSPORT: 'tcp' });
    await installation.startGateway('tcp');
    const clients = new Clients(installation.url, seeded(), { clients: 8 });
    clients.start();
    await pass(LOAD_MS);
    await move('tcp', 'rabbitmq');
    await pass(LOAD_MS);
    await move('rabbitmq', 'tcp');
    await pass(LOAD_MS);
    await clients.stop();
    await installation.restartPersistences({ TRANSPORT: 'tcp' });

    const reckoning = await reckon(installation.database.url, clients);
    process.stdout.write(`tcp -> rabbitmq -> tcp: ${reckoning.accepted} accepted and accounted for\n`);
    expect(reckoning.accepted).toBeGreaterThan(0);
    expect(clients.faults).toEqual([]);
    expect(reckoning).toMatchObject({ missing: [], wrong: [], effects: [], attemptsBurnt: [] });
    expect(await moves()).toEqual([
      { source: 'tcp', target: 'rabbitmq', ended: true },
      { source: 'rabbitmq', target: 'tcp', ended: false },
    ]);
  }, 240_000);

  /** The procedure of docs/operations.md, with an outage of persistence before the seals and a crash behind them. */
  async function move(from: string, to: string): Promise<void> {
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

  async function moves(): Promise<unknown[]> {
    const client = new Client({ connectionString: installation.database.url });
    await client.connect();
    try {
      const text = `SELECT source, target, ended_at IS NOT NULL AS ended FROM transport_move ORDER BY started_at`;
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }
});
