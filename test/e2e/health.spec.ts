import { createServer, type AddressInfo } from 'node:net';
import { until } from '#testing';
import { startSluice, type RunningSluice } from '../product/sluice.js';

interface Ready {
  status: string;
  transport: { status: string; durability: string; backlog: { count: number } };
  ledger: { status: string; reason?: string };
}

async function ready(url: string): Promise<{ status: number; body: Ready }> {
  const response = await fetch(`${url}/health/ready`);
  return { status: response.status, body: (await response.json()) as Ready };
}

describe('health', () => {
  let sluice: RunningSluice;

  beforeAll(async () => {
    sluice = await startSluice();
  });
  afterAll(() => sluice.close());

  it('is live as soon as it answers', async () => {
    const response = await fetch(`${sluice.url}/health/live`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'live' }]);
  });

  it('is ready when the queue takes commands and the ledger is reached, with the durability of every 202', async () => {
    await until(async () => (await ready(sluice.url)).body.status === 'ready', 'it is ready');
    expect((await ready(sluice.url)).body).toMatchObject({
      transport: { status: 'up', durability: 'disk', backlog: { count: 0 } },
      ledger: { status: 'reached' },
    });
  });
});

describe('health without a database', () => {
  it('is degraded and still 200, because commands are taken, and says what it waits for', async () => {
    const sluice = await startSluice({ DATABASE_URL: await nobodyListensAt() });
    try {
      const { status, body } = await ready(sluice.url);
      expect([status, body.status, body.ledger.status]).toEqual([200, 'degraded', 'unavailable']);
      expect(body.ledger.reason).toBeTruthy();
      const reading = { deviceId: 'd', metric: 'm', value: 1, observedAt: '2026-11-22T09:30:00Z' };
      const taken = await fetch(`${sluice.url}/readings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(reading),
      });
      expect(taken.status).toBe(202);
      expect((await ready(sluice.url)).body.transport.backlog.count).toBe(1);
    } finally {
      await sluice.close();
    }
  });
});

/** The URL of a database whose port was free a moment ago. */
async function nobodyListensAt(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `postgres://nobody@127.0.0.1:${port}/none`;
}
