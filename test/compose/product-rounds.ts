import { seeded, until } from '#testing';
import { anOrder, JsonClient, type OperationBody } from '../product/json-client.js';
import { Clients } from '../faults/clients.js';
import { reckon } from '../faults/reckoning.js';
import { docker, stateOf } from './docker.js';
import { lanesAtWork } from './lanes-at-work.js';
import { Stack } from './stack.js';

const CLIENTS = 4;
const PAUSE_MS = 50;
/** Long, since only what never comes up takes it, and machines are busy at times. */
const UP_MS_MAX = 900_000;
/** stop_grace_period of docker-compose.yml: what takes longer is killed. */
const GRACE_MS = 30_000;
const FLOW_MS_MAX = 20_000;
/** How many commands have to get through for "it flows". */
const FLOW = 40;

const NOTHING_WRONG = { missing: [], wrong: [], effects: [], attemptsBurnt: [] };

/** The stack of the suite that is being described: up for its tests, removed after them. */
export function aStack(transport: string): () => Stack {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.prepare(transport);
    const began = performance.now();
    await stack.up();
    const tookMs = performance.now() - began;
    say(`${transport}: up from nothing in ${seconds(tookMs)}, with building the image`);
    await new JsonClient(stack.url).ready();
  }, UP_MS_MAX);

  afterAll(() => stack?.remove(), 120_000);

  return () => stack;
}

/** What holds under `docker compose` on every transport. */
export function describeProduct(stackOf: () => Stack): void {
  describeUse(stackOf);
  describeDeaths(stackOf);
  describeStops(stackOf);
}

function describeUse(stackOf: () => Stack): void {
  test('a command goes through and is read back, and the Swagger page is there', async () => {
    const client = new JsonClient(stackOf().url);
    const order = anOrder();
    const placed = await client.post<OperationBody>('/orders', order, { Prefer: 'wait=10' });
    expect(placed.body).toMatchObject({ status: 'applied' });
    expect((await client.get(`/orders/${order.orderId}`)).body).toMatchObject({
      orderId: order.orderId,
      status: 'placed',
    });
    const page = await fetch(`${stackOf().url}/docs`);
    expect(await page.text()).toContain('swagger-ui');
  });

  test('--scale persistence=3 spreads the lanes over three containers, under load', async () => {
    const stack = stackOf();
    await underLoad(stack, async (clients) => {
      await stack.up(3);
      const lanes = await lanesAtWork(await stack.databaseUrl(), 3);
      const spread = [...lanes].map(([address, seen]) => `${address}: ${[...seen].join(' ')}`);
      say(`${stack.transport}: lanes seen at work, ${spread.join('; ')}`);
      await flows(clients);
    });
  });
}

function describeDeaths(stackOf: () => Stack): void {
  test('kill -9 of a persistence container under load: the others go on, and nothing is lost or doubled', async () => {
    const stack = stackOf();
    await stack.up(3);
    await underLoad(stack, async (clients) => {
      await flows(clients);
      const [victim = ''] = await stack.containersOf('persistence');
      await docker(['kill', '--signal', 'KILL', victim]);
      expect(await stateOf(victim)).toMatchObject({ running: false });
      await flows(clients);
    });
    await stack.up(3);
  });

  test('an app that dies is started again by its restart policy', async () => {
    const stack = stackOf();
    await stack.up(3);
    await underLoad(stack, async (clients) => {
      await flows(clients);
      const [victim = ''] = await stack.containersOf('persistence');
      // Spares the container's first process alone; that one ends with the app, and the container with it.
      await docker(['exec', victim, 'sh', '-c', 'kill -9 -1']).catch(() => undefined);
      const isBack = async () => {
        const { running, restarts } = await stateOf(victim);
        return running && restarts === 1;
      };
      await until(isBack, 'the container runs again', 30_000);
      await flows(clients);
    });
  });
}

function describeStops(stackOf: () => Stack): void {
  test('SIGTERM ends both apps in order within their grace, under load', async () => {
    const stack = stackOf();
    await stack.up(3);
    await underLoad(stack, async (clients) => {
      await flows(clients);
      const apps = [...(await stack.containersOf('gateway')), ...(await stack.containersOf('persistence'))];
      const began = performance.now();
      await stack.compose('stop', 'gateway', 'persistence');
      const tookMs = performance.now() - began;
      say(`${stack.transport}: stopped under load in ${seconds(tookMs)}`);
      for (const app of apps) {
        expect(await stateOf(app)).toMatchObject({ running: false, exitCode: 0, killedForMemory: false });
      }
      expect(tookMs).toBeLessThan(GRACE_MS);
      await stack.up(3);
    });
  });

  test('down and up again: what was applied and what still waited is kept, and operations are found', async () => {
    const stack = stackOf();
    await stack.up(1);
    const client = new JsonClient(stack.url);
    const [applied, waiting] = [anOrder(), anOrder()];
    await client.post('/orders', applied, { Prefer: 'wait=10' });
    await stack.compose('stop', 'persistence');
    const accepted = await client.post<OperationBody>('/orders', waiting);
    expect(accepted).toMatchObject({ status: 202, body: { status: 'accepted' } });

    await stack.down();
    await stack.up();
    expect(await client.operation(accepted.body.links.self, 'applied')).toMatchObject({ id: accepted.body.id });
    for (const { orderId } of [applied, waiting]) {
      expect((await client.get(`/orders/${orderId}`)).body).toMatchObject({ orderId, status: 'placed' });
    }
  });
}

/** Runs `during` while clients send, and expects afterwards that everything accepted is accounted for, once, in order. */
export async function underLoad(stack: Stack, during: (clients: Clients) => Promise<void>): Promise<void> {
  const clients = new Clients(stack.url, seeded(), { clients: CLIENTS, pauseMs: PAUSE_MS });
  clients.start();
  await during(clients).catch((error: unknown) => {
    // They would go on as long as nobody accepts.
    void clients.stop();
    throw error;
  });
  await clients.stop();
  const reckoning = await reckon(await stack.databaseUrl(), clients);
  say(`${stack.transport}: ${reckoning.accepted} accepted and accounted for`);
  expect(clients.faults).toEqual([]);
  expect(reckoning).toMatchObject(NOTHING_WRONG);
}

/** Waits until commands are accepted, as many as make a flow; resolves to how long it took, in milliseconds. */
export async function flows(clients: Clients, withinMs = FLOW_MS_MAX): Promise<number> {
  const began = performance.now();
  const enough = clients.told.length + FLOW;
  await until(() => clients.told.length >= enough, `${FLOW} more commands are accepted`, withinMs);
  return performance.now() - began;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
