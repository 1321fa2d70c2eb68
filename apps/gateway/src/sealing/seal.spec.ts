import { GATEWAY_SOURCE, type Envelope } from '#messaging';
import { StartFault } from '#starting';
import { createTestDirectory, until } from '#testing';

import { loadGateway } from '../gateway-process.js';
import { seal } from './seal.js';

/** Nobody listens on port 1. */
const NOWHERE = '127.0.0.1:1';

const COMMAND: Envelope = {
  id: 'left',
  type: 'a.b.v1',
  source: GATEWAY_SOURCE,
  partitionKey: 's:k',
  lane: 0,
  timeMs: 1,
  attributes: {},
  body: Buffer.from('{}'),
};

let directory: Awaited<ReturnType<typeof createTestDirectory>>;

beforeEach(async () => {
  directory = await createTestDirectory();
});
afterEach(() => directory.remove());

function envOf(env: Record<string, string> = {}): Record<string, string> {
  const away = { RABBITMQ_URLS: `amqp://${NOWHERE}`, PERSISTENCE_PEERS: NOWHERE };
  return { TRANSPORT: 'rabbitmq', DATA_DIR: directory.path, ...away, ...env };
}

test('a run that fails says why, also where commands stay in the spool', async () => {
  const env = envOf({ SPOOL: 'failover' });
  const { transport } = await loadGateway({ env, envFile: null });
  await transport.open();
  await transport.publish(COMMAND, 10_000);
  await expect(transport.close(0)).rejects.toMatchObject({ name: 'CommandsLeft' });
  const run = seal({ env, envFile: null, log: () => undefined, signal: AbortSignal.abort() });
  await expect(run).rejects.toThrow(StartFault);
}, 30_000);

test('a run whose broker is away says so, and can be stopped', async () => {
  const env = envOf();
  const lines: string[] = [];
  const stopping = new AbortController();
  const run = seal({ env, envFile: null, log: (line) => lines.push(line), signal: stopping.signal });
  const failure = run.catch((error: unknown) => error);
  await until(() => lines.some((line) => /rabbitmq cannot be reached yet/.test(line)), 'it is told', 10_000);
  stopping.abort();
  expect(await failure).toBeInstanceOf(StartFault);
  expect(lines).toHaveLength(1);
}, 30_000);
