import { describeWithRabbitMq, RabbitMqServer, until } from '#testing';
import { envelope, OPTIONS, settingsOf } from './rabbitmq.fixture.js';
import { RabbitmqTransport } from './rabbitmq-transport.js';

const LANES = 2;
const START_MS = 120_000;
const DEADLINE_MS = 20_000;

await describeWithRabbitMq('A RabbitMQ that takes nothing in', () => {
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

  test('is noticed without a command, refuses them at once, lets what is stored be consumed, and goes on after', async () => {
    for (let count = 0; count < 20; count++) await transport.publish(envelope(count % LANES), DEADLINE_MS);
    await server.ctl('set_vm_memory_high_watermark', '0.00001');
    await until(() => status() === 'blocked', 'its health tells', DEADLINE_MS);
    expect(transport.health.state.reason).toMatch(/takes nothing in.*memory/);
    await expect(transport.publish(envelope(0), DEADLINE_MS)).rejects.toMatchObject({
      outcome: 'not-stored',
      failure: 'overloaded',
      retryAfterMs: 5_000,
    });
    const arrived: string[] = [];
    const consumer = await transport.consume(OPTIONS, async ({ deliveries }) => {
      arrived.push(...deliveries.map(({ kind }) => kind));
    });
    await until(async () => (await transport.backlog()).count.value === 0, 'all were settled', DEADLINE_MS);
    expect(arrived).toHaveLength(20);
    await consumer.stop(DEADLINE_MS);
    await server.ctl('set_vm_memory_high_watermark', '0.4');
    await until(() => status() === 'up', 'it is up again', DEADLINE_MS);
    await transport.publish(envelope(0), DEADLINE_MS);
  });

  test('is left by its deadline', async () => {
    const leaving = new RabbitmqTransport(settingsOf({ RABBITMQ_URLS: server.url }), LANES);
    await leaving.open();
    await server.ctl('set_vm_memory_high_watermark', '0.00001');
    await until(() => leaving.health.state.status === 'blocked', 'its health tells', DEADLINE_MS);
    const startedMs = performance.now();
    await leaving.close(1_000);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    await server.ctl('set_vm_memory_high_watermark', '0.4');
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
});
