import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { createTestDirectory, describeWithNats, NatsServer, until, type TestDirectory } from '#testing';
import { DEADLINE_MS, envelope, OPTIONS } from '../broker-worker.fixture.js';
import { settingsOf } from './nats.fixture.js';
import { NatsTransport } from './nats-transport.js';

const LANES = 2;
const PREFIX = 'sluice';

await describeWithNats('A user of NATS', () => {
  let server: NatsServer | undefined;
  let directory: TestDirectory;

  beforeAll(async () => {
    directory = await createTestDirectory();
  });

  afterEach(() => server?.remove());

  afterAll(() => directory.remove());

  /** A server that knows nobody but these. */
  const start = async (users: string): Promise<NatsServer> => {
    const settings = { authorization: `{ users: [${users}] }`, max_payload: '2MB' };
    return (server = await NatsServer.start({ settings }));
  };

  /** Publishes to each lane; resolves with which were handed over when all are removed. */
  const lanesThrough = async (env: Record<string, string>): Promise<number[]> => {
    const transport = new NatsTransport(settingsOf({ NATS_LANE_BYTES_MAX: '16777216', ...env }), LANES);
    try {
      await transport.open();
      for (const lane of [0, 1]) await transport.publish(envelope(lane), DEADLINE_MS);
      const lanes: number[] = [];
      await transport.consume(OPTIONS, async ({ lane }) => void lanes.push(lane));
      await until(async () => (await transport.backlog()).count.value === 0, 'all are settled', DEADLINE_MS);
      return lanes.toSorted();
    } finally {
      await transport.close(DEADLINE_MS);
    }
  };

  test('needs no right but to the subjects that the documents name', async () => {
    const subjects = `["${PREFIX}.>", "$JS.API.>", "_INBOX.>"]`;
    const permissions = `{ publish: ${subjects}, subscribe: ${subjects} }`;
    const { port } = await start(`{ user: "limited", password: "secret", permissions: ${permissions} }`);
    const NATS_URLS = `nats://limited:secret@127.0.0.1:${port}`;
    expect(await lanesThrough({ NATS_URLS })).toEqual([0, 1]);
  });

  test('may be one of an NKey, whose seed is in a file', async () => {
    const user = nkeys.createUser();
    const path = join(directory.path, 'user.nk');
    await writeFile(path, `${Buffer.from(user.getSeed()).toString()}\n`);
    const { port } = await start(`{ nkey: "${user.getPublicKey()}" }`);
    const NATS_URLS = `nats://127.0.0.1:${port}`;
    expect(await lanesThrough({ NATS_URLS, NATS_NKEY_PATH: path })).toEqual([0, 1]);
  });
});
