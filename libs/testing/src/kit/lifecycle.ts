import type { Transport } from '#messaging';
import { until, within } from '../until.js';
import { FULL_BATCHES, LANES, OPTIONS, PUBLISH_MS, type Bench } from './bench.js';
import type { Case } from './case.js';
import { assert, assertNoGap, assertSequence } from './claims.js';
import { Gate, settledBy, type Collector } from './collector.js';
import { idsOf } from './envelopes.js';
import { assertNothingLeft, openResources } from './leaks.js';

const STORM_TURNS = 20;

export const lifecycleCases: readonly Case[] = [
  { number: '29', claim: 'lets batches in hand settle at close, and keeps the rest', run: settlesAtClose },
  {
    number: '30',
    claim: 'closes by its deadline over a batch that never ends, which comes again',
    async run(bench) {
      const transport = await bench.open();
      const envelopes = bench.make.many(15, { lane: 1 });
      await bench.publish(transport, envelopes);
      const never = await bench.consume(transport, new Gate().wait);
      await never.receives(1);
      await within(
        Promise.all([transport.close(200), transport.close(200)]),
        'close ends by its deadline',
        bench.patienceMs,
      );
      await transport.close(200);
      const collector = await bench.consume(await bench.open());
      await collector.settles(idsOf(envelopes));
      assertSequence(collector.ids, idsOf(envelopes), 'What came after a close past its deadline');
    },
  },
  {
    number: '30b',
    claim: 'closes before it was ever opened, and then refuses to open',
    async run(bench) {
      const transport = await bench.create();
      await within(transport.close(1_000), 'it closes', 5_000);
      await assert.rejects(transport.open(), 'It opens after it was closed.');
    },
  },
  { number: '31', claim: 'goes on where it was when a consumer is stopped and another started', run: stopsAndStarts },
  { number: '32', claim: 'loses nothing and skips nothing in a storm of starts and stops', run: survivesStorm },
  {
    number: '33',
    claim: 'loses nothing when it is stopped, paused and closed all at once',
    async run(bench) {
      const transport = await bench.open();
      const envelopes = bench.make.inLanes(LANES, 40);
      await bench.publish(transport, envelopes);
      const first = await bench.consume(transport, () => new Promise((resolve) => setImmediate(resolve)), {
        batchMax: 3,
      });
      await first.receives(bench.random.integer(2, 12));
      const { consumer } = first;
      const ends = [consumer.stop(2_000), transport.close(2_000), consumer.pause(), transport.close(2_000)];
      await within(Promise.all(ends), 'all of them end', 15_000);
      const second = await bench.consume(await bench.open());
      await settledBy([first, second], idsOf(envelopes));
    },
  },
  {
    number: '33b',
    claim: 'loses nothing when several processes close at the same time',
    needs: ['many consumers'],
    async run(bench) {
      const transports = await Promise.all([1, 2, 3].map(() => bench.open()));
      const envelopes = bench.make.inLanes(LANES, 60);
      await bench.publish(transports[0]!, envelopes);
      const collectors: Collector[] = [];
      for (const transport of transports) collectors.push(await bench.consume(transport, undefined, { batchMax: 2 }));
      const some = bench.random.integer(5, 40);
      await until(() => collectors.flatMap(({ settled }) => settled).length >= some, `${some} are settled`);
      await Promise.all(transports.map((transport) => transport.close(2_000)));
      collectors.push(await bench.consume(await bench.open()));
      await settledBy(collectors, idsOf(envelopes));
    },
  },
  {
    number: '34',
    claim: 'loses nothing when the consumer is replaced while commands flow',
    needs: ['many publishers', 'many consumers'],
    async run(bench) {
      const publisher = await bench.open();
      const envelopes = bench.make.inLanes(LANES, 200);
      const publishing = bench.publish(publisher, envelopes);
      const old = await bench.open();
      const first = await bench.consume(old, undefined, { batchMax: 3 });
      await first.receives(10);
      const second = await bench.consume(await bench.open());
      await old.close(2_000);
      await publishing;
      await settledBy([first, second], idsOf(envelopes));
    },
  },
  {
    number: '35',
    claim: 'opens once a broker that came late is there',
    needs: ['fault stop'],
    async run(bench) {
      const start = await bench.fault('stop')(bench.queue);
      const early = await bench.create();
      const opening = early.open().catch(() => undefined);
      await start();
      await within(opening, 'the early open has an end', 30_000);
      const transport = await bench.open();
      const envelope = bench.make.one();
      await transport.publish(envelope, PUBLISH_MS);
      await (await bench.consume(transport)).settles([envelope.id]);
    },
  },
  {
    number: '36',
    claim: 'is up when open and down after close, with the reason, and tells its watchers',
    run: tellsHealth,
  },
  {
    number: '36b',
    claim: 'says that it is not up while the broker is away, why, and when it is back',
    needs: ['refusal while away', 'fault stop'],
    async run(bench) {
      const { health } = await bench.open();
      const start = await bench.fault('stop')(bench.queue);
      await until(() => health.state.status !== 'up', 'it notices that the broker is away', 40_000);
      assert.ok(health.state.status !== 'up' && health.state.reason.length > 0, 'It gives no reason.');
      await start();
      await until(() => health.state.status === 'up', 'it notices that the broker is back', 40_000);
    },
  },
  {
    number: '37',
    claim: 'leaves no timer, socket or file open after close, whatever it was doing',
    run: leavesNothing,
  },
];

async function settlesAtClose(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const envelopes = bench.make.many(30, { lane: 2 });
  await bench.publish(transport, envelopes);
  const gate = new Gate();
  const first = await bench.consume(transport, gate.wait, FULL_BATCHES);
  await first.receives(1);
  let closed = false;
  const closing = transport.close(20_000).then(() => (closed = true));
  await bench.quiet();
  assert.ok(!closed, 'close did not wait for the batch in hand.');
  gate.open();
  await within(closing, 'close ends when the batch in hand has', 15_000);
  const inHand = idsOf(envelopes.slice(0, OPTIONS.batchMax));
  assertSequence(first.ids, inHand, 'What was handed over until the close');
  const second = await bench.consume(await bench.open());
  const rest = idsOf(envelopes.slice(OPTIONS.batchMax));
  await second.settles(rest);
  assertSequence(second.ids, rest, 'What came after the close');
}

async function stopsAndStarts(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const envelopes = bench.make.many(50, { lane: 0 });
  const ownerships = new Set<number>();
  const arrived: string[] = [];
  for (let start = 0; start < 50; start += 10) {
    const part = envelopes.slice(start, start + 10);
    const collector = await bench.consume(transport);
    await bench.publish(transport, part);
    await collector.settles(idsOf(part));
    await collector.consumer.stop(1_000);
    await collector.consumer.stop(1_000);
    arrived.push(...collector.ids);
    for (const { batch } of collector.batches) ownerships.add(batch.ownership);
  }
  assertSequence(arrived, idsOf(envelopes), 'What five consumers in turn got');
  assert.equal(ownerships.size, 5, 'A lane was taken over anew without another ownership.');
}

async function survivesStorm(bench: Bench): Promise<void> {
  const envelopes = bench.make.inLanes(2, STORM_TURNS * 5);
  const collectors: Collector[] = [];
  let transport: Transport = await bench.open();
  for (let turn = 0; turn < STORM_TURNS; turn++) {
    const collector = await bench.consume(transport, undefined, { batchMax: 2 });
    collectors.push(collector);
    await bench.publish(transport, envelopes.slice(turn * 10, turn * 10 + 10));
    const { consumer } = collector;
    if (bench.random.next() < 0.5) await consumer.pause();
    if (bench.random.next() < 0.5) await Promise.all([consumer.pause(), consumer.resume(), consumer.pause()]);
    if (bench.random.next() < 0.3) await consumer.resume();
    await consumer.stop(1_000);
    if (bench.random.next() < 0.4) transport = await bench.reopen(transport);
  }
  collectors.push(await bench.consume(transport));
  await settledBy(collectors, idsOf(envelopes));
  for (const lane of [0, 1]) {
    const delivered = collectors.flatMap((collector) => collector.inLane(lane));
    assertNoGap(delivered, idsOf(envelopes.filter((envelope) => envelope.lane === lane)));
  }
}

async function tellsHealth(bench: Bench): Promise<void> {
  const transport = await bench.create();
  const { health } = transport;
  assert.equal(health.state.status, 'down', 'It is not down before it was opened.');
  const [seen, unheard]: [string[], string[]] = [[], []];
  health.watch(({ status }) => seen.push(status));
  const unwatch = health.watch(({ status }) => unheard.push(status));
  unwatch();
  await transport.open();
  await until(() => health.state.status === 'up', 'it is up');
  await transport.close(1_000);
  const { state } = health;
  assert.ok(state.status === 'down' && state.reason.length > 0, 'It is not down, with a reason, after close.');
  assert.deepEqual([seen[0], seen.at(-1)], ['up', 'down'], 'The watcher was not told of both.');
  assert.deepEqual(unheard, [], 'Who watches no more was told.');
}

async function leavesNothing(bench: Bench): Promise<void> {
  const before = openResources();
  const transport = await bench.open();
  const unlisten = transport.listen(() => undefined);
  const collector = await bench.consume(transport, new Gate().wait, { batchWaitMs: 600_000 });
  await bench.publish(transport, bench.make.inLanes(LANES, OPTIONS.batchMax));
  await collector.receives(LANES);
  await bench.publish(transport, bench.make.many(3));
  transport.notify(Buffer.from('still on its way'));
  await transport.close(100);
  unlisten();
  await assertNothingLeft(before);
}
