import { seeded, until, type AppProcess } from '#testing';
import { Clients } from '../clients.js';
import { amount, pass } from '../length.js';
import { startProduct, type Product } from '../product.js';
import { reckon } from '../reckoning.js';
import { LaneOwners } from './lane-owners.js';

const STEP_MS = amount(1_500, 10_000);

describe('persistence is scaled under load', () => {
  let product: Product;
  let owners: LaneOwners;

  beforeEach(async () => {
    product = await startProduct({ persistences: 3, persistencesAtStart: 1 });
    owners = await LaneOwners.watch(product.databaseUrl);
  });

  afterEach(async () => {
    await owners?.end();
    await product?.remove();
  });

  test('from 1 to 3, where one is killed and comes again, and back to 1: nothing is lost, doubled or reordered', async () => {
    const [first, second, third] = product.persistences as [AppProcess, AppProcess, AppProcess];
    const clients = new Clients(product.url, seeded(), { clients: 8 });
    clients.start();
    await untilShared(1);
    await Promise.all([second.start(), third.start()]);
    await untilShared(3);
    process.stdout.write(`Lanes seen at work by three processes: ${owners.spread.join(', ')}\n`);
    await Promise.all([second.kill(), pass(STEP_MS)]);
    const [, exitCode] = await Promise.all([second.start(), third.stop()]);
    await pass(STEP_MS);
    expect(await first.stop()).toBe(0);
    await pass(STEP_MS);
    await clients.stop();

    const reckoning = await reckon(product.databaseUrl, clients);
    process.stdout.write(`Scaled 1 -> 3 -> 1: ${reckoning.accepted} accepted and accounted for\n`);
    expect(exitCode).toBe(0);
    expect(reckoning.accepted).toBeGreaterThan(0);
    expect(clients.faults).toEqual([]);
    expect(reckoning).toMatchObject({ missing: [], wrong: [], effects: [], attemptsBurnt: [] });
  }, 240_000);

  async function untilShared(processes: number): Promise<void> {
    owners.forget();
    const shared = async () => (await owners.look()).spread.length === processes;
    await until(shared, `${processes} processes work on lanes`, 60_000);
  }
});
