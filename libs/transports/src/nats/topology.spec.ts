import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers as emptyHeaders } from '@nats-io/transport-node';
import { describeWithNats, until } from '#testing';
import { DEADLINE_MS, envelope, idsOf, OPTIONS } from '../broker-worker.fixture.js';
import { TestBroker } from './nats.fixture.js';

const LANES = 2;

await describeWithNats('What the transport is made of at the servers', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await TestBroker.create();
  });

  afterEach(() => broker.endTest());

  afterAll(() => broker.remove());

  test.each([
    [{ NATS_LANE_COUNT_MAX: '7' }, 'NATS_LANE_COUNT_MAX', /has max_msgs 100000, and NATS_LANE_COUNT_MAX needs 7\./],
    [{ NATS_LANE_BYTES_MAX: '2000000' }, 'NATS_LANE_BYTES_MAX', /has max_bytes \d+, and NATS_LANE_BYTES_MAX needs/],
    [{ NATS_REPLICAS: '3' }, 'NATS_REPLICAS', /has num_replicas 1, and NATS_REPLICAS needs 3\..*nats stream edit/],
  ])('may not be there with other bounds: %j', async (env, setting, message) => {
    await (await broker.open(LANES)).close(DEADLINE_MS);
    await expect(broker.open(LANES, env)).rejects.toMatchObject({ setting, message: expect.stringMatching(message) });
  });

  test.each([
    [{ max_age: 60_000_000_000 }, /has max_age 60000000000, and the queue needs 0/],
    [{ discard: 'old' as const }, /has discard old, and the queue needs new/],
    [{ max_msg_size: 100 }, /has max_msg_size 100, and the queue needs none/],
    [{ no_ack: true }, /has no_ack set/],
  ])('may not forget or leave unanswered what it takes: %j', async (change, message) => {
    const transport = await broker.open(LANES);
    await broker.connected(async (connection) => {
      const manager = await jetstreamManager(connection);
      await manager.streams.update(`${broker.prefix}-commands-1-of-${LANES}`, change);
    });
    await until(() => message.test(transport.health.state.reason ?? ''), 'who is there hears of it');
    const refusal = { setting: 'NATS_PREFIX', message: expect.stringMatching(message) };
    await expect(broker.open(LANES)).rejects.toMatchObject(refusal);
  });

  test('may not be there with another number of lanes, and both are told', async () => {
    await (await broker.open(LANES)).close(DEADLINE_MS);
    await expect(broker.open(LANES + 1)).rejects.toMatchObject({
      setting: 'LANES',
      message: expect.stringMatching(/has 2 lanes at the servers, and LANES is 3/),
    });
  });
});

await describeWithNats('What the transport makes at the servers', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await TestBroker.create();
  });

  afterEach(() => broker.endTest());

  afterAll(() => broker.remove());

  test('asks for no more room than there is, and names what asks', async () => {
    await expect(broker.open(LANES, { NATS_LANE_BYTES_MAX: String(10 ** 15) })).rejects.toMatchObject({
      setting: 'NATS_LANE_BYTES_MAX',
      message: expect.stringMatching(/do not set 1000000000000000 bytes aside for each of 2 lanes/),
    });
  });

  test('asks for no replicas of a server that stands alone', async () => {
    await expect(broker.open(LANES, { NATS_REPLICAS: '3' })).rejects.toMatchObject({
      setting: 'NATS_REPLICAS',
      message: expect.stringMatching(/stands alone and keeps no 3 replicas/),
    });
  });

  test('is there once, however many make it at the same time, and again when somebody has deleted it', async () => {
    const transports = await Promise.all(Array.from({ length: 4 }, () => broker.open(LANES)));
    for (const transport of transports) await transport.publish(envelope(1), DEADLINE_MS);
    expect((await transports[0]!.backlog()).lanes).toEqual([0, 4]);
    await broker.connected(async (connection) => {
      const manager = await jetstreamManager(connection);
      await manager.streams.delete(`${broker.prefix}-commands-1-of-${LANES}`);
    });
    await until(() => transports[0]!.publish(envelope(1), DEADLINE_MS), 'it is taken again');
  });

  test('takes what a sender that knows of no lanes sends to its subject in', async () => {
    const transport = await broker.open(LANES);
    const written = emptyHeaders();
    for (const [name, value] of [
      ['CE-Id', '17'],
      ['ce-type', 'a.b.v1'],
      ['ce-tenant', '%C3%A9'],
    ] as const)
      written.append(name, value);
    await broker.connected((connection) =>
      jetstream(connection).publish(`${broker.prefix}.in`, '{}', { headers: written }),
    );
    const seen: string[] = [];
    await transport.consume(OPTIONS, async (batch) => {
      const [delivery] = batch.deliveries;
      const tenant = delivery?.kind === 'decoded' ? delivery.envelope.attributes['tenant'] : undefined;
      seen.push(`${batch.lane}/${idsOf(batch).join()}/${tenant}`);
    });
    await until(() => seen.length > 0, 'it arrived');
    expect(seen).toEqual(['0/17/é']);
  });
});
