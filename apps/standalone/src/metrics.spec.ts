import { readFile } from 'node:fs/promises';
import { configureGateway, createGatewayAdapter } from '#gateway';
import type { Batch, ConsumeOptions, OnBatch } from '#messaging';
import { loadSettings } from '#settings';
import { createTestDatabase, createTestDirectory, MemoryBroker, MemoryTransport, until } from '#testing';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { standalonePlan } from './settings.js';
import { StandaloneModule } from './standalone.module.js';

const LANES = 4;
const READING = { metric: 'celsius', value: 71.5, observedAt: '2026-11-22T09:30:00Z' };

/** Loses one delivery of a batch when it is told to, and advances past it. */
class LosesOne extends MemoryTransport {
  armed = false;

  override consume(options: ConsumeOptions, onBatch: OnBatch) {
    return super.consume(options, async (batch, signal) => {
      const deliveries = this.armed ? batch.deliveries.slice(1) : batch.deliveries;
      this.armed = false;
      const rest: Batch = { ...batch, deliveries };
      if (deliveries.length > 0) await onBatch(rest, signal);
    });
  }
}

/** The whole product in one process, with a transport that can lose. */
class Product {
  private constructor(
    readonly transport: LosesOne,
    readonly databaseUrl: string,
    readonly url: string,
    readonly app: NestFastifyApplication,
    readonly drop: () => Promise<void>,
  ) {}

  static async start(): Promise<Product> {
    const [database, directory] = [await createTestDatabase(), await createTestDirectory()];
    const env = { LANES: String(LANES), DATA_DIR: directory.path, MIN_DURABILITY: 'memory' };
    const { values: settings } = loadSettings(standalonePlan.settings, { env, envFile: null });
    const transport = new LosesOne(new MemoryBroker(LANES));
    await transport.open();
    const root = StandaloneModule.forRoot({ settings, databaseUrl: database.url, transport });
    const app = await NestFactory.create<NestFastifyApplication>(root, createGatewayAdapter(settings), {
      logger: false,
    });
    configureGateway(app, settings);
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const product = new Product(transport, database.url, url, app, async () => {
      await transport.close(0);
      await database.drop();
      await directory.remove();
    });
    await until(async () => (await product.ready()).status === 'ready', 'the product is ready');
    return product;
  }

  async ready(): Promise<{ status: string; reconciliation?: { missing: number } }> {
    return (await fetch(`${this.url}/health/ready`)).json() as Promise<{ status: string }>;
  }

  async accept(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const { status } = await fetch(`${this.url}/readings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...READING, deviceId: `boiler-${index}` }),
      });
      if (status !== 202) throw new Error(`The command was answered with ${status}.`);
    }
  }

  /** Every sample of `/metrics`, by its name and labels as they stand there. */
  async metrics(): Promise<Map<string, number>> {
    const response = await fetch(`${this.url}/metrics`);
    if (!response.ok) throw new Error(`/metrics was answered with ${response.status}.`);
    const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  }

  /** The sum of all samples of that name. */
  async sum(name: string): Promise<number> {
    const samples = [...(await this.metrics())].filter(([key]) => key === name || key.startsWith(`${name}{`));
    if (samples.length === 0) throw new Error(`There is no metric ${name}.`);
    return samples.reduce((sum, [, value]) => sum + value, 0);
  }
}

describe('/metrics', () => {
  let product: Product;
  beforeAll(async () => (product = await Product.start()));
  afterAll(async () => {
    await product.app.close();
    await product.drop();
  });

  it('tells what was accepted and refused, and what became of it', async () => {
    await product.accept(5);
    await until(async () => (await product.sum('sluice_deliveries_total')) === 5, 'all are applied');
    const metrics = await product.metrics();
    expect(metrics.get('sluice_commands_accepted_total{type="readings.record.v1",durability="memory"}')).toBe(5);
    expect(metrics.get('sluice_commands_refused_total{reason="backlog"}')).toBe(0);
    expect(metrics.get('sluice_publish_seconds_count')).toBe(5);
    expect(metrics.get('sluice_ledger_lines_total{state="applied"}')).toBe(5);
    expect(metrics.get('sluice_batch_seconds_count')).toBeGreaterThan(0);
    expect(metrics.get('sluice_transport_status{status="up"}')).toBe(1);
    expect(metrics.get('sluice_applying')).toBe(1);
    expect(metrics.get('process_cpu_user_seconds_total')).toBeGreaterThan(0);
  });

  it('shows each metric that an alert looks at, none twice', async () => {
    const rules = await readFile('deploy/alerts.yml', 'utf8');
    const alerted = [...rules.matchAll(/expr: (.*)/g)].flatMap(([, expr]) => [...expr!.matchAll(/sluice_\w+/g)].flat());
    expect(new Set(alerted).size).toBeGreaterThanOrEqual(10);
    const response = await fetch(`${product.url}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    const shown = [...text.matchAll(/^(\w+)(?:\{.*\})? \S+$/gm)].map(([, name]) => name);
    expect(shown).toEqual(expect.arrayContaining(alerted));
    const described = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
    expect(new Set(described).size).toBe(described.length);
  });

  it('names are as Prometheus wants them, and labels are lanes, states, types and other small sets', async () => {
    const keys = [...(await product.metrics()).keys()].filter((key) => key.startsWith('sluice_'));
    for (const key of keys) expect(key).toMatch(/^sluice_[a-z_]+(\{[^{}]*\})?$/);
    expect(keys.length).toBeLessThan(100 + 20 * LANES);
    expect(keys.join()).not.toMatch(/boiler|[0-9a-f]{8}-[0-9a-f]{4}/);
  });

  it('misses a command that the transport has lost, in the metrics and in the health of the gateway', async () => {
    await until(async () => (await product.sum('sluice_lane_accepted')) === 5, 'the gateway has reported');
    await until(async () => (await product.sum('sluice_reconciliation_surplus')) === 0, 'the books balance');
    expect(await product.sum('sluice_reconciliation_missing')).toBe(0);
    product.transport.armed = true;
    await product.accept(3);
    await until(async () => (await product.sum('sluice_reconciliation_missing')) === 1, 'one command is missing');
    const missing = async () => (await product.ready()).reconciliation?.missing === 1;
    await until(missing, 'health tells of it');
  });
});

test('a gateway that stops has reported all that it accepted', async () => {
  const product = await Product.start();
  await product.accept(7);
  await product.app.close();
  const client = new pg.Client(product.databaseUrl);
  await client.connect();
  const { rows } = await client.query<{ sum: number }>('SELECT sum(accepted)::int AS sum FROM gateway_account');
  await client.end();
  await product.drop();
  expect(rows).toEqual([{ sum: 7 }]);
});
