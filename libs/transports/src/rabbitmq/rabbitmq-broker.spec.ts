import { describeWithRabbitMq, RabbitMqServer, until, within } from '#testing';
import { envelope, idsOf, OPTIONS } from '../broker-worker.fixture.js';
import { settingsOf } from './rabbitmq.fixture.js';
import { RabbitmqTransport } from './rabbitmq-transport.js';

const LANES = 2;
const START_MS = 120_000;
const DEADLINE_MS = 20_000;

await describeWithRabbitMq('A RabbitMQ of our own', () => {
  let server: RabbitMqServer;
  let transport: RabbitmqTransport;

  beforeAll(async () => {
    server = await RabbitMqServer.start();
    transport = new RabbitmqTransport(settingsOf({ RABBITMQ_URLS: server.url }), LANES);
    await transport.open();
  }, START_MS);

  afterAll(async () => {
    await transport.close(DEADLINE_MS);
    await server.remove();
  });

  const status = () => transport.health.state.status;
  const allowMemory = (share: string) => server.ctl('set_vm_memory_high_watermark', share);

  test('that takes nothing in is noticed without a command, which it refuses at once; it lets what is stored be consumed, and goes on after', async () => {
    for (let count = 0; count < 20; count++) await transport.publish(envelope(count % LANES), DEADLINE_MS);
    await allowMemory('0.00001');
    await until(() => status() === 'blocked', 'its health tells', DEADLINE_MS);
    expect(transport.health.state.reason).toMatch(/takes nothing in.*memory/);
    const refusal = { outcome: 'not-stored', failure: 'overloaded', retryAfterMs: 5_000 };
    await expect(transport.publish(envelope(0), DEADLINE_MS)).rejects.toMatchObject(refusal);
    const arrived: string[] = [];
    const consumer = await transport.consume(OPTIONS, async (batch) => void arrived.push(...idsOf(batch)));
    await until(async () => (await transport.backlog()).count.value === 0, 'all were settled', DEADLINE_MS);
    expect(arrived).toHaveLength(20);
    await consumer.stop(DEADLINE_MS);
    await allowMemory('0.4');
    await until(() => status() === 'up', 'it is up again', DEADLINE_MS);
    await transport.publish(envelope(0), DEADLINE_MS);
  });

  test('that takes nothing in is left by the deadline', async () => {
    const leaving = new RabbitmqTransport(settingsOf({ RABBITMQ_URLS: server.url }), LANES);
    await leaving.open();
    await allowMemory('0.00001');
    await until(() => leaving.health.state.status === 'blocked', 'its health tells', DEADLINE_MS);
    await within(leaving.close(1_000), 'it closes by its deadline', 3_000);
    expect(leaving.health.state).toEqual({ status: 'down', reason: 'Closed.' });
    await allowMemory('0.4');
    await until(() => status() === 'up', 'the other is up again', DEADLINE_MS);
  });

  test('refuses who was connected and whose password is changed, tells so, and takes them when it is back', async () => {
    await server.ctl('change_password', 'guest', 'another');
    await server.ctl('close_all_connections', 'Test.');
    await until(() => transport.health.state.reason?.includes('refuses the user'), 'its health tells', DEADLINE_MS);
    await expect(transport.publish(envelope(0), DEADLINE_MS)).rejects.toMatchObject({ failure: 'unavailable' });
    await server.ctl('change_password', 'guest', 'guest');
    await until(() => status() === 'up', 'it is up again', DEADLINE_MS);
  });

  test('refuses a user without rights, and tells which', async () => {
    await server.ctl('add_user', 'guarded', 'secret');
    await server.ctl('set_permissions', 'guarded', '', '.*', '.*');
    const url = server.url.replace('guest:guest', 'guarded:secret');
    const powerless = new RabbitmqTransport(settingsOf({ RABBITMQ_URLS: url }), LANES);
    await expect(powerless.open()).rejects.toMatchObject({
      setting: 'RABBITMQ_URLS',
      message: expect.stringMatching(/its rights \(.*access to (queue|exchange) 'sluice\./),
    });
    await powerless.close(DEADLINE_MS);
  });
});
