import { startEmbeddedPostgres } from '#standalone';
import { AppProcess, createTestDirectory, until } from '#testing';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { applyLoad } from './load.js';

const ROUNDS = 3;
const REQUESTS = 10_000;
const CONCURRENCY = 64;
const BACKLOG = 50_000;
const BATCH = 1_000;

interface Round {
  /** 202s per second while persistence works. */
  readonly acceptedPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Commands per second from the first 202 to the last commit. */
  readonly appliedPerSecond: number;
  /** The same, where the commands come a thousand to a request. */
  readonly batchAppliedPerSecond: number;
}

/** Measures the product as `npm start` runs it: one process, embedded PostgreSQL, the load in a process of its own. */
const directory = await createTestDirectory();
const postgres = await startEmbeddedPostgres({ dataDir: join(directory.path, 'postgres') });
const entry = fileURLToPath(import.meta.resolve('#standalone').replace(/index\.js$/, 'main.js'));
const app = await AppProcess.prepare(entry, { DATA_DIR: join(directory.path, 'data'), DATABASE_URL: postgres.url });
try {
  await app.start();
  await until(() => isReady(app.url), 'the product is ready');
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(app.url, postgres.url));
  report(rounds);
} finally {
  await app.stop();
  await postgres.stop();
  await directory.remove();
}

async function measure(url: string, databaseUrl: string): Promise<Round> {
  const singles = await timed(databaseUrl, REQUESTS, () =>
    applyLoad({ url, path: '/readings', concurrency: CONCURRENCY, requests: REQUESTS, bodyOf: reading }),
  );
  const batches = await timed(databaseUrl, BACKLOG, () =>
    applyLoad({ url, path: '/readings/batch', concurrency: 2, requests: BACKLOG / BATCH, bodyOf: manyReadings }),
  );
  const { perSecond, p50Ms, p99Ms } = singles.result;
  return {
    acceptedPerSecond: perSecond,
    p50Ms,
    p99Ms,
    appliedPerSecond: singles.perSecond,
    batchAppliedPerSecond: batches.perSecond,
  };
}

/** How many commands a second went all the way, from the start of the load to the commit of the last one. */
async function timed<Result>(databaseUrl: string, commands: number, load: () => Promise<Result>) {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const count = async () =>
    Number((await client.query<{ count: string }>('SELECT count(*) FROM readings')).rows[0]?.count);
  try {
    const before = await count();
    const began = performance.now();
    const result = await load();
    await until(async () => (await count()) >= before + commands, `${commands} commands are applied`, 300_000);
    return { result, perSecond: (commands * 1_000) / (performance.now() - began) };
  } finally {
    await client.end();
  }
}

async function isReady(url: string): Promise<boolean> {
  const health = (await (await fetch(`${url}/health/ready`)).json()) as { status: string };
  return health.status === 'ready';
}

function reading(index: number): string {
  return JSON.stringify({
    deviceId: `device-${index % 500}`,
    metric: 'celsius',
    value: index / 7,
    observedAt: '2026-11-22T09:30:00Z',
  });
}

function manyReadings(index: number): string {
  return `[${Array.from({ length: BATCH }, (_, offset) => reading(index * BATCH + offset)).join()}]`;
}

function report(rounds: Round[]): void {
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${ROUNDS} rounds`,
  );
  const rows: [string, (round: Round) => number][] = [
    [`accepted per second, ${CONCURRENCY} connections, one command each`, (round) => round.acceptedPerSecond],
    ['  median latency of a 202, ms', (round) => round.p50Ms],
    ['  99th percentile, ms', (round) => round.p99Ms],
    ['applied per second, the same commands', (round) => round.appliedPerSecond],
    ['applied per second, a thousand commands to a request', (round) => round.batchAppliedPerSecond],
  ];
  for (const [name, pick] of rows) {
    const values = rounds.map(pick).toSorted((a, b) => a - b);
    const [low, median, high] = [values[0], values[Math.floor(values.length / 2)], values.at(-1)].map((value) =>
      value?.toFixed(1),
    );
    console.log(`${name.padEnd(56)} median ${median}  (${low} to ${high})`);
  }
}
