import type { Transport } from '#messaging';
import { until } from '../until.js';
import { LANES, OPTIONS, PUBLISH_MS, type Bench } from './bench.js';
import type { Case } from './case.js';
import { assert, assertNoGap, assertSameSet, assertSequence } from './claims.js';
import { Gate, settledBy, type Collector } from './collector.js';
import { idsOf } from './envelopes.js';
import { retainedBytes } from './memory-use.js';

/** Long enough that a batch which is not full would never come within a case. */
const NEVER_MS = 600_000;
/** Minutes in the catalogue; here scaled to seconds, which no broker's timeout of minutes can notice. */
const LONG_BATCH_MS = 3_000;

export const consumeCases: readonly Case[] = [
  {
    number: '12',
    claim: 'delivers each exactly once, under one ownership of each lane, when nothing fails',
    run: deliversOnce,
  },
  {
    number: '13',
    claim: 'loses nothing when several processes share the lanes',
    needs: ['many consumers'],
    async run(bench) {
      const transports = await Promise.all([1, 2, 3].map(() => bench.open()));
      const collectors = await Promise.all(transports.map((transport) => bench.consume(transport)));
      const envelopes = bench.make.inLanes(LANES, 50);
      await bench.publish(transports[0]!, envelopes);
      await settledBy(collectors, idsOf(envelopes));
    },
  },
  { number: '14', claim: 'keeps two queues apart', run: keepsQueuesApart },
  {
    number: '15',
    claim: 'is silent while the queue is empty',
    async run(bench) {
      const transport = await bench.open();
      const collector = await bench.consume(transport);
      await bench.quiet(transport);
      const envelope = bench.make.one();
      await transport.publish(envelope, PUBLISH_MS);
      await collector.settles([envelope.id]);
      await bench.quiet(transport);
      assertSequence(collector.ids, [envelope.id], 'What an almost empty queue handed over');
      assert.equal(collector.batches.length, 1, 'An empty batch was handed over.');
    },
  },
  {
    number: '16',
    claim: 'keeps the order of each lane, to one consumer',
    async run(bench) {
      const transport = await bench.open();
      const batchMax = bench.random.integer(2, 9);
      const collector = await bench.consume(transport, jitter(bench), { batchMax });
      const envelopes = bench.make.many(400);
      await bench.publish(transport, envelopes);
      await collector.settles(idsOf(envelopes));
      assertLanesInSequence(bench, collector, envelopes);
    },
  },
  {
    number: '16b',
    claim: 'keeps the order of each lane, without gaps, while processes join and leave',
    needs: ['many consumers', 'global ordering'],
    run: keepsOrderThroughHandOvers,
  },
  {
    number: '16c',
    claim: 'keeps the order of each lane, without gaps, when its consumer is killed',
    needs: ['death of a process'],
    run: keepsOrderThroughDeath,
  },
  {
    number: '17',
    claim: 'never hands over more than batchMax at once, and fills batches that many',
    async run(bench) {
      const transport = await bench.open();
      const envelopes = bench.make.many(30, { lane: 1 });
      await bench.publish(transport, envelopes);
      const collector = await bench.consume(transport, undefined, { batchWaitMs: NEVER_MS });
      await collector.settles(idsOf(envelopes));
      const sizes = collector.batches.map(({ ids }) => ids.length);
      assert.deepEqual(sizes, [OPTIONS.batchMax, OPTIONS.batchMax, OPTIONS.batchMax]);
    },
  },
  {
    number: '17b',
    claim: 'never hands over more than batchBytesMax at once, but for a single larger delivery alone',
    run: boundsBatchesByBytes,
  },
  {
    number: '17c',
    claim: 'hands over a batch that is not full once it has waited batchWaitMs',
    async run(bench) {
      const transport = await bench.open();
      const collector = await bench.consume(transport, undefined, { batchWaitMs: 40 });
      const lonely = bench.make.one();
      await transport.publish(lonely, PUBLISH_MS);
      await collector.settles([lonely.id]);
    },
  },
  {
    number: '17d',
    claim: 'runs one batch per lane at a time, so never has more than prefetch in hand',
    async run(bench) {
      const transport = await bench.open();
      const envelopes = bench.make.inLanes(2, 100);
      await bench.publish(transport, envelopes);
      const bound = { batchMax: 8, prefetch: 8 };
      const collector = await bench.consume(transport, () => new Promise((resolve) => setImmediate(resolve)), bound);
      await collector.settles(idsOf(envelopes));
      assert.equal(collector.runningMax, 1, 'Two batches of one lane ran at the same time.');
      assert.ok(collector.inHandMax <= 8, `${collector.inHandMax} deliveries of a lane were in hand.`);
    },
  },
  {
    number: '18',
    claim: 'holds no more of a large backlog in memory than its prefetch, however slow the consumer',
    needs: ['durable storage'],
    run: boundsMemory,
  },
  {
    number: '19',
    claim: 'lets no slow lane hold up the others',
    async run(bench) {
      const transport = await bench.open();
      const gate = new Gate();
      const collector = await bench.consume(transport, ({ lane }) => (lane === 0 ? gate.wait() : undefined));
      const envelopes = bench.make.inLanes(LANES, 40);
      await bench.publish(transport, envelopes);
      await collector.settles(idsOf(envelopes.filter(({ lane }) => lane !== 0)));
      assert.ok(
        collector.inLane(0).length <= OPTIONS.batchMax,
        'More than one batch of the slow lane was handed over.',
      );
      gate.open();
      await collector.settles(idsOf(envelopes));
      assertLanesInSequence(bench, collector, envelopes);
    },
  },
  {
    number: '20',
    claim: 'leaves a batch that takes long with its consumer (scaled: seconds, not minutes)',
    async run(bench) {
      const transport = await bench.open();
      const envelopes = bench.make.many(20, { lane: 2 });
      await bench.publish(transport, envelopes);
      const takesLong = () => new Promise<void>((resolve) => setTimeout(resolve, LONG_BATCH_MS / 2));
      const collector = await bench.consume(transport, takesLong);
      await collector.settles(idsOf(envelopes));
      assertSequence(collector.ids, idsOf(envelopes), 'What slow batches were handed over');
    },
  },
  {
    number: '21',
    claim: 'refuses a second consumer in one process, and the first goes on',
    async run(bench) {
      const transport = await bench.open();
      const first = await bench.consume(transport);
      await assert.rejects(bench.consume(transport), 'One transport consumes twice at the same time.');
      const envelopes = bench.make.many(40);
      await bench.publish(transport, envelopes);
      await first.settles(idsOf(envelopes));
      assertSameSet(first.ids, idsOf(envelopes), 'What the first consumer got');
    },
  },
  {
    number: '21b',
    claim: 'gives the lanes of a frozen owner to another, which misses nothing when the old one wakes',
    needs: ['many consumers', 'fault freeze'],
    run: survivesFrozenOwner,
  },
];

const jitter = (bench: Bench) => () =>
  bench.random.next() < 0.3 ? new Promise<void>((resolve) => setImmediate(resolve)) : undefined;

function assertLanesInSequence(
  bench: Bench,
  collector: { inLane(lane: number): string[] },
  envelopes: readonly { id: string; lane: number }[],
): void {
  for (let lane = 0; lane < bench.queue.lanes; lane++) {
    const published = envelopes.filter((envelope) => envelope.lane === lane).map(({ id }) => id);
    assertSequence(collector.inLane(lane), published, `Lane ${lane}`);
  }
}

async function deliversOnce(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const collector = await bench.consume(transport);
  const envelopes = bench.make.many(300);
  await bench.publish(transport, envelopes);
  await collector.settles(idsOf(envelopes));
  await until(async () => (await transport.backlog()).count.value === 0, 'the queue is empty');
  await bench.quiet(transport);
  assertSameSet(collector.ids, idsOf(envelopes), 'What was delivered');
  for (const { batch } of collector.batches) {
    const lanes = new Set(batch.deliveries.map((one) => (one.kind === 'decoded' ? one.envelope.lane : -1)));
    assert.deepEqual([...lanes], [batch.lane], 'A batch has deliveries of another lane.');
  }
  const ownerships = new Map(collector.batches.map(({ batch }) => [batch.lane, batch.ownership]));
  const changed = collector.batches.some(({ batch }) => ownerships.get(batch.lane) !== batch.ownership);
  assert.ok(!changed, 'A lane changed its ownership though nothing happened.');
}

async function keepsQueuesApart(bench: Bench): Promise<void> {
  const queues = [bench.queue, bench.newQueue('other')];
  const transports = await Promise.all(queues.map((queue) => bench.open(queue)));
  const envelopes = transports.map(() => bench.make.many(40));
  const collectors = await Promise.all(transports.map((transport) => bench.consume(transport)));
  await Promise.all(transports.map((transport, index) => bench.publish(transport, envelopes[index]!)));
  for (const [index, collector] of collectors.entries()) {
    await collector.settles(idsOf(envelopes[index]!));
    assertSameSet(collector.ids, idsOf(envelopes[index]!), `Queue ${index}`);
  }
}

async function keepsOrderThroughHandOvers(bench: Bench): Promise<void> {
  const publisher = await bench.open();
  const envelopes = bench.make.inLanes(LANES, 150);
  const ids = idsOf(envelopes);
  const publishing = bench.publish(publisher, envelopes);
  const collectors: Collector[] = [];
  let previous: Transport | undefined;
  for (let turn = 0; turn < 6; turn++) {
    const transport = await bench.open();
    const collector = await bench.consume(transport, jitter(bench), { batchMax: 3 });
    collectors.push(collector);
    const settled = () => collectors.reduce((sum, one) => sum + one.settled.length, 0);
    const enough = Math.min(ids.length, settled() + bench.random.integer(10, 60));
    await until(() => settled() >= enough, 'some more are settled', 20_000);
    if (turn % 2 === 1) await previous?.close(2_000);
    previous = transport;
  }
  await publishing;
  await settledBy(collectors, ids);
  for (let lane = 0; lane < LANES; lane++) {
    const published = idsOf(envelopes.filter((envelope) => envelope.lane === lane));
    // Each owner of a lane has its own run through it, which starts anywhere but then skips nothing.
    for (const collector of collectors) {
      const owned = Map.groupBy(collector.batches, ({ batch }) => `${batch.lane}/${batch.ownership}`);
      for (const batches of owned.values()) {
        if (batches[0]?.batch.lane !== lane) continue;
        const run = batches.flatMap((one) => one.ids);
        assertNoGap(run, published, published.indexOf(run[0] ?? ''));
      }
    }
  }
}

async function keepsOrderThroughDeath(bench: Bench): Promise<void> {
  const envelopes = bench.make.inLanes(2, 60);
  const publisher = await bench.open();
  await bench.publish(publisher, envelopes);
  await publisher.close(1_000);
  const peer = await bench.peer();
  const settleCount = bench.random.integer(2, 8);
  peer.order({ consume: { ...OPTIONS, batchMax: 5 }, settleCount });
  await until(() => peer.settled.length > 0 && peer.delivered.length > peer.settled.length, 'it holds a batch', 20_000);
  await peer.kill();
  const collector = await bench.consume(await bench.open());
  await collector.settles(idsOf(envelopes).filter((id) => !peer.settled.includes(id)));
  for (const lane of [0, 1]) {
    const published = idsOf(envelopes.filter((envelope) => envelope.lane === lane));
    const firstNotSettled = published.findIndex((id) => !peer.settled.includes(id));
    assertNoGap(collector.inLane(lane), published, firstNotSettled < 0 ? published.length : firstNotSettled);
  }
}

async function boundsBatchesByBytes(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const sizes = Array.from({ length: 60 }, () => bench.random.pick([10, 300, 900, 1_500, 5_000]));
  const envelopes = sizes.map((bytes) => bench.make.one({ lane: 0, bytes }));
  await bench.publish(transport, envelopes);
  const collector = await bench.consume(transport, undefined, { batchBytesMax: 2_000 });
  await collector.settles(idsOf(envelopes));
  assertSequence(collector.ids, idsOf(envelopes), 'Deliveries of many sizes');
  for (const { batch } of collector.batches) {
    const bytes = batch.deliveries
      .map((one) => (one.kind === 'decoded' ? one.envelope.body : one.body).byteLength)
      .reduce((sum, length) => sum + length, 0);
    const within = bytes <= 2_000 || batch.deliveries.length === 1;
    assert.ok(within, `A batch of ${batch.deliveries.length} has ${bytes} bytes.`);
  }
}

async function boundsMemory(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const body = bench.random.bytes(64 * 1024);
  const gate = new Gate();
  const collector = await bench.consume(transport, gate.wait, { batchMax: 4, prefetch: 8 });
  const before = await retainedBytes();
  const envelopes = bench.make.many(800, { body });
  await bench.publish(transport, envelopes);
  const grownBytes = (await retainedBytes()) - before;
  const allowedBytes = LANES * 8 * body.byteLength + 16 * 1024 * 1024;
  assert.ok(grownBytes <= allowedBytes, `${grownBytes} more bytes are in memory while 50 MiB wait.`);
  gate.open();
  await collector.settles(idsOf(envelopes), 40_000);
}

async function survivesFrozenOwner(bench: Bench): Promise<void> {
  const [old, young] = [await bench.open(), await bench.open()];
  const gate = new Gate();
  const oldCollector = await bench.consume(old, gate.wait);
  const envelopes = bench.make.inLanes(LANES, 40);
  await bench.publish(young, envelopes);
  await oldCollector.receives(LANES);
  const thaw = await bench.fault('freeze')(old);
  const firstGate = new Gate();
  const youngCollector = await bench.consume(young, (_batch, _signal, nth) =>
    nth <= LANES ? firstGate.wait() : undefined,
  );
  await youngCollector.receives(LANES, 45_000);
  gate.open();
  await thaw();
  await until(() => oldCollector.settled.length > 0, 'the old owner ends its batch');
  firstGate.open();
  await settledBy([oldCollector, youngCollector], idsOf(envelopes));
  for (let lane = 0; lane < LANES; lane++) {
    const published = idsOf(envelopes.filter((envelope) => envelope.lane === lane));
    const run = youngCollector.batches.filter(({ batch }) => batch.lane === lane);
    const first = run.filter(({ batch }) => batch.ownership === run[0]?.batch.ownership).flatMap(({ ids }) => ids);
    assertNoGap(first, published);
  }
}
