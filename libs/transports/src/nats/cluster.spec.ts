import { describeWithNats, freePort, NatsServer, until } from '#testing';
import { DEADLINE_MS, envelope, idsOf, OPTIONS } from '../broker-worker.fixture.js';
import { settingsOf } from './nats.fixture.js';
import { NatsTransport } from './nats-transport.js';

const LANES = 2;
const START_MS = 120_000;
const PATIENCE_MS = 60_000;

await describeWithNats('A cluster of three NATS servers', () => {
  let servers: NatsServer[] = [];
  let transport: NatsTransport;

  beforeEach(async () => {
    const ports = [await freePort(), await freePort(), await freePort()];
    const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
    servers = await Promise.all(
      ports.map((port, index) => {
        const cluster = `{ name: "tests", listen: "127.0.0.1:${port}", routes: [${routes}] }`;
        return NatsServer.start({ settings: { server_name: `"server-${index}"`, cluster, max_payload: '2MB' } });
      }),
    );
    const env = { NATS_URLS: servers.map(({ url }) => url).join(','), NATS_REPLICAS: '3' };
    transport = new NatsTransport(settingsOf({ ...env, NATS_LANE_BYTES_MAX: '16777216' }), LANES);
    await transport.open();
  }, START_MS);

  afterEach(async () => {
    await transport?.close(DEADLINE_MS);
    for (const server of servers) await server.remove();
  });

  /** Repeats it under the same id for as long as it is not stored. */
  const publish = (one: ReturnType<typeof envelope>) =>
    until(() => transport.publish(one, DEADLINE_MS), `${one.id} is stored`, PATIENCE_MS);

  test(
    'keeps each command on most of them: any one may be lost for good, and all that was confirmed is handed over in order',
    async () => {
      const envelopes = Array.from({ length: 40 }, () => envelope(1));
      for (const one of envelopes.slice(0, 20)) expect(await publish(one)).toEqual({ durability: 'replicated' });
      await servers[0]!.remove();
      for (const one of envelopes.slice(20)) await publish(one);
      const arrived: string[] = [];
      await transport.consume(OPTIONS, async (batch) => void arrived.push(...idsOf(batch)));
      const all = () => new Set(arrived).size === envelopes.length;
      await until(all, 'all have arrived', PATIENCE_MS);
      expect([...new Set(arrived)]).toEqual(envelopes.map(({ id }) => id));
    },
    2 * START_MS,
  );
});
