import { describeWithRabbitMq, until } from '#testing';
import { DEADLINE_MS, envelope } from '../broker-worker.fixture.js';
import { TestBroker } from './rabbitmq.fixture.js';

const LANES = 2;

await describeWithRabbitMq('The connections to RabbitMQ', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await TestBroker.create();
  });

  afterEach(() => broker.endTest());

  afterAll(() => broker.remove());

  const deadUrl = (): string => {
    const url = new URL(broker.vhost.url);
    url.port = '1';
    return url.href;
  };

  test('go to the addresses that answer, past those that do not', async () => {
    const transport = await broker.open(LANES, { RABBITMQ_URLS: `${deadUrl()}, ${broker.vhost.url}` });
    await transport.publish(envelope(0), DEADLINE_MS);
    expect(transport.health.state).toEqual({ status: 'up' });
  });

  test('wait for a broker that is away, while commands are refused, and stand when it is there', async () => {
    const proxy = await broker.proxy();
    await proxy.refuse();
    const transport = broker.make(LANES, { RABBITMQ_URLS: proxy.urlOf(broker.vhost.url) });
    let open = false;
    const opening = transport.open().then(() => (open = true));
    await until(() => transport.health.state.reason?.includes('ECONNREFUSED'), 'its health tells what is wrong');
    await expect(transport.publish(envelope(0), DEADLINE_MS)).rejects.toMatchObject({
      outcome: 'not-stored',
      failure: 'unavailable',
    });
    await expect(transport.backlog()).rejects.toThrow(/no connection/);
    expect(open).toBe(false);
    await proxy.restore();
    await opening;
    await transport.publish(envelope(0), DEADLINE_MS);
  });

  test('end with the transport, however long the broker stays away', async () => {
    const transport = broker.make(LANES, { RABBITMQ_URLS: deadUrl() });
    const opening = transport.open().catch((error: Error) => error.message);
    await until(() => transport.health.state.reason?.includes('ECONNREFUSED'), 'it has tried');
    await transport.close(DEADLINE_MS);
    expect(await opening).toMatch(/closed before/);
  });

  test('end with the transport while an address takes them and says nothing', async () => {
    const proxy = await broker.proxy();
    proxy.freeze();
    const transport = broker.make(LANES, { RABBITMQ_URLS: proxy.urlOf(broker.vhost.url) });
    const opening = transport.open().catch((error: Error) => error.message);
    await until(() => proxy.connections === 2, 'both are connected');
    const startedMs = performance.now();
    await transport.close(DEADLINE_MS);
    expect(await opening).toMatch(/closed before/);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  test('tell of their closing, and of no loss, when the transport closes', async () => {
    const transport = await broker.open(LANES);
    const told: (string | undefined)[] = [];
    transport.health.watch(({ reason }) => told.push(reason));
    await transport.close(DEADLINE_MS);
    expect(told).toEqual(['Closed.']);
  });

  test('pass what was published a moment before they stand again', async () => {
    const proxy = await broker.proxy();
    const transport = await broker.open(LANES, { RABBITMQ_URLS: proxy.urlOf(broker.vhost.url) });
    proxy.cut();
    await until(() => transport.health.state.status === 'down', 'it has noticed');
    await expect(transport.publish(envelope(0), DEADLINE_MS)).resolves.toEqual({ durability: 'disk' });
  });
});
