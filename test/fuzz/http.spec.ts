import { seeded, until } from '#testing';
import fc from 'fast-check';
import { Client } from 'pg';
import { commandIdOf } from '../faults/clients.js';
import { startProduct, type Product } from '../faults/product.js';
import { JsonClient } from '../product/json-client.js';
import { exchange, type RawAnswer } from './raw-http.js';
import { REQUESTS } from './requests.js';

/** Of each edge. */
const CASES = 450;
const AT_ONCE = 16;
/** Long, since the machine may be busy: a hang is one that lasts. */
const ANSWER_MS_MAX = 30_000;
/** What tells of the program and its place: a frame of a stack, a module's file, this folder. */
const INTERNALS = [/\n\s+at .*[(:]/, /node_modules/, /\.[mc]?[jt]s:\d+/, new RegExp(process.cwd())];
const UNAVAILABLE = 503;

const { seed } = seeded();
let product: Product;
const accepted = new Set<string>();

beforeAll(async () => {
  product = await startProduct();
  await new JsonClient(product.url).ready();
}, 600_000);
afterAll(() => product?.remove());

test.each(Object.entries(REQUESTS))(
  `${CASES} generated %s are each answered as documented`,
  async (_, requests) => {
    const cases = fc.sample(requests, { numRuns: CASES, seed });
    const port = Number(new URL(product.url).port);
    const statuses: Record<number, number> = {};
    const faults: string[] = [];
    const senders = Array.from({ length: AT_ONCE }, async () => {
      for (let bytes = cases.pop(); bytes !== undefined; bytes = cases.pop()) {
        const answer = await exchange(port, bytes, ANSWER_MS_MAX).catch((error: unknown) => String(error));
        const fault = typeof answer === 'string' ? answer : faultOf(answer);
        if (fault !== undefined) faults.push(`${fault}\n${bytes.toString('latin1').slice(0, 600)}`);
        if (typeof answer === 'string') continue;
        statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
        for (const id of acceptedIn(answer)) accepted.add(id);
      }
    });
    await Promise.all(senders);
    process.stdout.write(`${JSON.stringify(statuses)}\n`);
    expect(faults).toEqual([]);
    expect(product.processes[0].running).toBe(true);
    expect((await fetch(`${product.url}/health/live`)).status).toBe(200);
  },
  600_000,
);

test('every command that was accepted on the way is in the ledger, and has ended', async () => {
  expect(accepted.size).toBeGreaterThan(0);
  const client = new Client({ connectionString: product.databaseUrl });
  await client.connect();
  try {
    await until(
      async () => {
        const { rows } = await client.query<{ count: string }>(
          `SELECT count(*) FROM command_ledger WHERE id = ANY($1::uuid[]) AND state NOT IN ('retrying', 'parked')`,
          [[...accepted]],
        );
        return Number(rows[0]?.count) === accepted.size;
      },
      `${accepted.size} commands have ended`,
      60_000,
    );
  } finally {
    await client.end();
  }
}, 90_000);

/** What is wrong with an answer, whatever was asked. */
function faultOf({ status, head, body }: RawAnswer): string | undefined {
  if (status >= 500 && status !== UNAVAILABLE) return `${status} ${body}`;
  const internals = INTERNALS.find((pattern) => pattern.test(body) || pattern.test(head));
  if (internals) return `${status} tells of its inside (${String(internals)}): ${body.slice(0, 600)}`;
  const isProblem = /^content-type: application\/problem\+json/im.test(head);
  if (status >= 400 && body !== '' && !isProblem)
    return `${status} is no problem document: ${head}\n${body.slice(0, 300)}`;
  return undefined;
}

/** The command ids of the operations in an answer that took them. */
function acceptedIn({ status, body }: RawAnswer): string[] {
  if (status < 200 || status > 207 || body === '') return [];
  try {
    const told = JSON.parse(body) as { id?: unknown; type?: unknown; operations?: { id?: unknown }[] };
    const operations = told.operations ?? (typeof told.type === 'string' ? [told] : []);
    return operations.flatMap(({ id }) => (typeof id === 'string' ? [commandIdOf(id)] : []));
  } catch {
    return [];
  }
}
