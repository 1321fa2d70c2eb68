import { fileURLToPath } from 'node:url';
import { startGateway } from '#gateway';
import {
  AppProcess,
  createTestDirectory,
  createTestVhost,
  describeWithRabbitMq,
  TcpProxy,
  until,
  type TestVhost,
} from '#testing';
import { anOrder, JsonClient, type ProblemBody } from '../../product/json-client.js';
import { startSluice } from '../../product/sluice.js';

const GATEWAY = fileURLToPath(new URL('../../../apps/gateway/src/main.js', import.meta.url));

await describeWithRabbitMq('A broker that is away at the start', () => {
  let vhost: TestVhost;

  beforeAll(async () => {
    vhost = await createTestVhost();
  });
  afterAll(() => vhost?.remove());

  test('keeps nobody from starting: requests are answered 503, and taken once it has come', async () => {
    const { hostname, port } = new URL(vhost.url);
    const proxy = await TcpProxy.to(hostname, Number(port));
    await proxy.refuse();
    const sluice = await startSluice({ RABBITMQ_URLS: proxy.urlOf(vhost.url) });
    try {
      const client = new JsonClient(sluice.url);
      const health = await client.get<{ status: string; transport: { status: string; reason: string } }>(
        '/health/ready',
      );
      expect([health.status, health.body.status, health.body.transport.status]).toEqual([503, 'not-ready', 'down']);
      expect(health.body.transport.reason).toContain('ECONNREFUSED');
      const refused = await client.post<ProblemBody>('/orders', anOrder());
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      await proxy.restore();
      const place = () => client.post('/orders', anOrder(), { prefer: 'wait=5' });
      await until(async () => (await place()).status === 201, 'an order is placed', 30_000);
    } finally {
      await sluice.close();
      await proxy.close();
    }
  }, 120_000);

  test('keeps nobody from stopping in order', async () => {
    const directory = await createTestDirectory();
    const env = { TRANSPORT: 'rabbitmq', DATA_DIR: directory.path, RABBITMQ_URLS: 'amqp://127.0.0.1:1' };
    const gateway = await AppProcess.prepare(GATEWAY, env);
    await gateway.start();
    await until(() => /Listening on/.test(gateway.output), 'its start is over');
    expect(await gateway.stop()).toBe(0);
    expect(gateway.output).toMatch(/Stopped\.\s*$/);
    await directory.remove();
  }, 60_000);

  test('that refuses the credentials ends the start, with the setting to change', async () => {
    const directory = await createTestDirectory();
    const url = new URL(vhost.url);
    url.password = 'not-this-one';
    const env = { TRANSPORT: 'rabbitmq', PORT: '0', DATA_DIR: directory.path, RABBITMQ_URLS: url.href };
    await expect(startGateway({ env, envFile: null })).rejects.toMatchObject({ setting: 'RABBITMQ_URLS' });
    await directory.remove();
  });
});
