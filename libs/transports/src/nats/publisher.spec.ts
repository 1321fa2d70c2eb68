import { describeWithNats, until } from '#testing';
import { DEADLINE_MS, envelope, idsOf, OPTIONS } from '../broker-worker.fixture.js';
import { TestBroker } from './nats.fixture.js';

const LANES = 2;

await describeWithNats('What is published to NATS', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await TestBroker.create();
  });

  afterEach(() => broker.endTest());

  afterAll(() => broker.remove());

  test('is stored in the order of the calls, however many are under way', async () => {
    const transport = await broker.open(LANES, { NATS_IN_FLIGHT_COUNT_MAX: '7' });
    const envelopes = Array.from({ length: 25 }, () => envelope(0));
    await Promise.all(envelopes.map((one) => transport.publish(one, DEADLINE_MS)));
    const arrived: string[] = [];
    await transport.consume(OPTIONS, async (batch) => void arrived.push(...idsOf(batch)));
    await until(() => arrived.length === envelopes.length, 'all have arrived');
    expect(arrived).toEqual(envelopes.map(({ id }) => id));
  });

  test('is stored once when it is repeated, and twice when it is another command, or in another lane', async () => {
    const transport = await broker.open(LANES);
    const first = envelope(0, { id: 'the-same' });
    for (const one of [first, first, { ...first, body: Buffer.from('{}') }, { ...first, lane: 1 }]) {
      await transport.publish(one, DEADLINE_MS);
    }
    expect((await transport.backlog()).lanes).toEqual([2, 1]);
  });

  test('is refused as overloaded by a full lane, which does not fill another one', async () => {
    const transport = await broker.open(LANES, { NATS_LANE_COUNT_MAX: '3' });
    for (let count = 0; count < 3; count++) await transport.publish(envelope(0), DEADLINE_MS);
    await expect(transport.publish(envelope(0), DEADLINE_MS)).rejects.toMatchObject({
      outcome: 'not-stored',
      failure: 'overloaded',
      setting: 'NATS_LANE_COUNT_MAX',
    });
    await transport.publish(envelope(1), DEADLINE_MS);
    expect(await transport.backlog()).toMatchObject({
      count: { value: 4, exact: true },
      lanes: [3, 1],
      countMax: 6,
    });
  });

  test('keeps names of attributes that no header has', async () => {
    const transport = await broker.open(LANES);
    await transport.publish(envelope(0, { attributes: { 'a: b\r\nce-id': '1', größe: '2' } }), DEADLINE_MS);
    const seen: string[] = [];
    await transport.consume(OPTIONS, async ({ deliveries }) => {
      for (const one of deliveries) if (one.kind === 'decoded') seen.push(...Object.keys(one.envelope.attributes));
    });
    await until(() => seen.length > 0, 'it has arrived');
    expect(seen).toEqual(['a%3a%20b%0d%0ace-id', 'gr%c3%b6%c3%9fe']);
  });
});
