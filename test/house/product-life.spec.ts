import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createTestDirectory, type TestDirectory, until, within, isAlive } from '#testing';
import { anOrder, JsonClient } from '../product/json-client.js';

const START_MS_MAX = 90_000;
const END_MS_MAX = 45_000;

/** What `npm start` runs, and its processes. */
class Launched {
  readonly #launcher: ChildProcessByStdio<null, Readable, Readable>;
  readonly #closed: Promise<unknown[]>;
  #output = '';

  constructor(dataDir: string) {
    // As if not below npm, with an embedded PostgreSQL, and with no settings but these.
    const { npm_lifecycle_event: _, DATABASE_URL: __, ...environment } = process.env;
    this.#launcher = spawn(process.execPath, ['scripts/run.mjs', 'start'], {
      env: { ...environment, PORT: '0', DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#closed = once(this.#launcher, 'close');
    for (const stream of [this.#launcher.stdout, this.#launcher.stderr]) {
      stream.on('data', (text: Buffer) => (this.#output += text.toString()));
    }
  }

  get output(): string {
    return this.#output;
  }

  async client(): Promise<JsonClient> {
    const url = await until(
      () => {
        if (this.#launcher.exitCode !== null) throw new Error(`It ended at its start:\n${this.#output}`);
        return /Listening on (http:\S+)\. /.exec(this.#output)?.[1];
      },
      'the product listens',
      START_MS_MAX,
    );
    return new JsonClient(url).ready();
  }

  signal(signal: NodeJS.Signals): void {
    this.#launcher.kill(signal);
  }

  /** Its exit code, once everybody who holds its output has ended. */
  async ended(): Promise<number | null> {
    await within(this.#closed, `the product ends; it said\n${this.#output}`, END_MS_MAX);
    return this.#launcher.exitCode;
  }
}

/** The number of the postmaster's process, by its own file; where the database lies aside, `location` says where. */
function postmasterPid(dataDir: string): number {
  const asked = join(dataDir, 'postgres');
  const pointer = join(asked, 'location');
  const home = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : asked;
  return Number.parseInt(readFileSync(join(home, 'cluster', 'postmaster.pid'), 'utf8'), 10);
}

describe('the product as npm start runs it, on a new data folder', () => {
  let directory: TestDirectory;
  const launched: Launched[] = [];

  beforeAll(async () => {
    directory = await createTestDirectory();
  });

  afterAll(async () => {
    for (const product of launched) product.signal('SIGKILL');
    for (const product of launched) await product.ended();
    await directory.remove();
  });

  function launch(): Launched {
    const product = new Launched(directory.path);
    launched.push(product);
    return product;
  }

  async function answers(client: JsonClient): Promise<boolean> {
    return client.get('/health/live').then(
      () => true,
      () => false,
    );
  }

  test('keeps an order through kill -9, lets no second one in, and ends with 0 on one Ctrl-C, with nothing left', async () => {
    const first = launch();
    const before = await first.client();
    const order = anOrder();
    const placed = await before.post('/orders', order, { prefer: 'wait=20' });
    expect(placed.status).toBe(201);

    const database = postmasterPid(directory.path);
    first.signal('SIGKILL');
    await first.ended();
    await until(() => !isAlive(database), 'the database of the killed product has ended', END_MS_MAX);
    expect(await answers(before)).toBe(false);

    const second = launch();
    const after = await second.client();
    expect(await after.get(`/orders/${order.orderId}`)).toMatchObject({
      status: 200,
      body: { orderId: order.orderId },
    });

    const intruder = launch();
    expect(await intruder.ended()).toBe(1);
    expect(intruder.output).toContain(directory.path);
    expect(intruder.output).toMatch(/DATA_DIR/);
    expect(intruder.output).not.toMatch(/^\s+at /m);
    expect(await answers(after)).toBe(true);

    const successor = postmasterPid(directory.path);
    second.signal('SIGINT');
    expect(await second.ended()).toBe(0);
    expect(isAlive(successor)).toBe(false);
    expect(await answers(after)).toBe(false);
  }, 300_000);
});
