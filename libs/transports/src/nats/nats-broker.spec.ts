import { ACCOUNT, describeWithNats, NatsServer, until } from '#testing';
import { envelope, idsOf, OPTIONS } from '../broker-worker.fixture.js';
import { settingsOf } from './nats.fixture.js';
import { NatsTransport } from './nats-transport.js';

const LANES = 2;
const START_MS = 120_000;
const DEADLINE_MS = 20_000;
const PREFIX = 'sluice';

await describeWithNats('A NATS of our own', () => {
  let server: NatsServer;
  let transport: NatsTransport;

  const open = async (env: Record<string, string> = {}): Promise<void> => {
    transport = new NatsTransport(
      settingsOf({ NATS_URLS: server.url, NATS_LANE_BYTES_MAX: '16777216', ...env }),
      LANES,
    );
    await transport.open();
  };

  const start = async (options: Parameters<typeof NatsServer.start>[0] = {}): Promise<void> => {
    const { settings, ...others } = options;
    server = await NatsServer.start({ settings: { max_payload: '2MB', ...settings }, ...others });
  };

  afterEach(async () => {
    await transport.close(DEADLINE_MS);
    await server.remove();
  }, START_MS);

  test('refuses who was connected and whose password is changed, tells so, and takes them when it is back', async () => {
    await start();
    await open();
    await server.setAccount({ ...ACCOUNT, password: 'another' });
    await until(() => transport.health.state.reason?.includes('refuses the user'), 'its health tells', DEADLINE_MS);
    await expect(transport.publish(envelope(0), DEADLINE_MS)).rejects.toMatchObject({ failure: 'unavailable' });
    await server.setAccount(ACCOUNT);
    await until(() => transport.health.state.status === 'up', 'it is up again', DEADLINE_MS);
  });

  test('that gives the user no right to a lane refuses it, with the setting, and no other', async () => {
    const { username, password } = ACCOUNT;
    const permissions = `{ publish: { deny: ["${PREFIX}.commands.1-of-${LANES}"] } }`;
    const authorization = `{ users: [{ user: "${username}", password: "${password}", permissions: ${permissions} }] }`;
    await start({ settings: { authorization } });
    await open();
    await expect(transport.publish(envelope(1), DEADLINE_MS)).rejects.toMatchObject({
      outcome: 'not-stored',
      setting: 'NATS_URLS',
      message: expect.stringMatching(/does not let this user publish to sluice\.commands\.1-of-2\. Give it that right/),
    });
    await transport.publish(envelope(0), DEADLINE_MS);
  });

  test('says what a receipt is worth: memory, unless its disk is said to be written each time', async () => {
    await start();
    await open();
    expect(await transport.publish(envelope(0), DEADLINE_MS)).toEqual({ durability: 'memory' });
    expect(transport.guarantees.durability).toBe('memory');
    await transport.close(DEADLINE_MS);
    await open({ NATS_SYNC: 'always' });
    expect(await transport.publish(envelope(0), DEADLINE_MS)).toEqual({ durability: 'disk' });
    expect(new NatsTransport(settingsOf({ NATS_REPLICAS: '3' }), LANES).guarantees.durability).toBe('replicated');
  });

  test('that writes to its disk at times only hands over what it had confirmed after a kill, in order', async () => {
    await start({ jetstream: { sync_interval: '"2m"' } });
    await open();
    const envelopes = Array.from({ length: 60 }, () => envelope(1));
    for (const one of envelopes) await transport.publish(one, DEADLINE_MS);
    await server.crash();
    await server.start();
    const arrived: string[] = [];
    await transport.consume(OPTIONS, async (batch) => void arrived.push(...idsOf(batch)));
    await until(() => arrived.length >= envelopes.length, 'all have arrived', DEADLINE_MS);
    expect(arrived).toEqual(envelopes.map(({ id }) => id));
  });
});
