import { PublishError, type Envelope, type Transport } from '#messaging';
import { until, within } from '../until.js';
import { PUBLISH_MS, type Bench } from './bench.js';
import type { Case } from './case.js';
import { assert, assertRefused, assertSame, assertSameSet, assertSequence } from './claims.js';
import { idsOf } from './envelopes.js';
import { retainedBytes } from './memory-use.js';

const LARGEST_TRIED_BYTES = 8 * 1024 * 1024;
/** Half of what the flood carries: whoever keeps it is over it. */
const FLOOD_BYTES_MAX = 40 * 1024 * 1024;

export const publishCases: readonly Case[] = [
  {
    number: '1',
    claim: 'gives back id, type, key, attributes and body unchanged, byte for byte',
    run: comesBackUnchanged,
  },
  {
    number: '2',
    claim: 'has stored what it resolved, though the publisher is killed the moment after',
    needs: ['death of a process'],
    run: survivesItsPublisher,
  },
  {
    number: '2b',
    claim: 'has stored what it resolved, though the broker is killed the moment after',
    needs: ['fault crash'],
    async run(bench) {
      const envelopes = bench.make.many(50);
      await bench.publish(await bench.open(), envelopes);
      await bench.fault('crash')(bench.queue);
      await (await bench.consume(await bench.open())).settles(idsOf(envelopes));
    },
  },
  {
    number: '3',
    claim: 'keeps what is published while nobody consumes, by a process that never does',
    async run(bench) {
      const envelopes = bench.make.many(60);
      const publisher = await bench.open();
      await bench.publish(publisher, envelopes);
      const collector = await bench.consume(await bench.reopen(publisher));
      await collector.settles(idsOf(envelopes));
      assertSameSet(collector.ids, idsOf(envelopes), 'What arrived after the publisher had gone');
    },
  },
  {
    number: '4',
    claim: 'stores what 64 callers publish at the same time',
    async run(bench) {
      const transport = await bench.open();
      const envelopes = bench.make.many(64 * 8);
      await Promise.all(envelopes.map((envelope) => transport.publish(envelope, PUBLISH_MS)));
      const collector = await bench.consume(transport);
      await collector.settles(idsOf(envelopes));
      assertSameSet(collector.ids, idsOf(envelopes), 'What 64 callers published');
    },
  },
  {
    number: '4b',
    claim: 'stores what several processes publish at the same time',
    needs: ['many publishers'],
    async run(bench) {
      const publishers = await Promise.all([1, 2, 3, 4].map(() => bench.open()));
      const envelopes = publishers.map(() => bench.make.many(50));
      await Promise.all(publishers.map((publisher, index) => bench.publish(publisher, envelopes[index]!)));
      await (await bench.consume(publishers[0]!)).settles(idsOf(envelopes.flat()));
    },
  },
  {
    number: '5',
    claim: 'rejects at its deadline as unknown while the broker is frozen, and takes the same id again after',
    needs: ['refusal while away', 'fault freeze'],
    async run(bench) {
      const transport = await bench.open();
      const envelope = bench.make.one();
      const thaw = await bench.fault('freeze')(transport);
      await assertRefused(
        within(transport.publish(envelope, 300), 'it rejects at its deadline', bench.patienceMs),
        'unknown',
        'timeout',
      );
      await thaw();
      await publishStubbornly(transport, envelope);
      await (await bench.consume(transport)).settles([envelope.id]);
    },
  },
  {
    number: '6',
    claim: 'rejects as not stored what has nowhere to go',
    needs: ['fault unbind'],
    async run(bench) {
      const transport = await bench.open();
      const bind = await bench.fault('unbind')(bench.queue);
      await assertRefused(transport.publish(bench.make.one(), PUBLISH_MS), 'not-stored', 'unroutable', 'unavailable');
      await bind();
    },
  },
  {
    number: '7',
    claim: 'rejects as overloaded when it is full, and takes commands again when there is room',
    needs: ['bounded queue'],
    run: refusesWhenFull,
  },
  {
    number: '8',
    claim: 'rejects as not stored what is too large, and goes on',
    async run(bench) {
      const transport = await bench.open();
      const { messageBytesMax } = transport.guarantees;
      const tooLarge = bench.make.one({ body: Buffer.alloc(messageBytesMax + 1, 0x20) });
      await assertRefused(transport.publish(tooLarge, PUBLISH_MS), 'not-stored', 'too-large');
      const next = bench.make.one();
      await transport.publish(next, PUBLISH_MS);
      const collector = await bench.consume(transport);
      await collector.settles([next.id]);
      assertSequence(collector.ids, [next.id], 'What arrived after one that was too large');
    },
  },
  {
    number: '9',
    claim: 'rejects as closed after close, and closes any number of times',
    async run(bench) {
      const transport = await bench.open();
      await transport.publish(bench.make.one(), PUBLISH_MS);
      await Promise.all([transport.close(1_000), transport.close(1_000)]);
      await transport.close(1_000);
      await assertRefused(transport.publish(bench.make.one(), PUBLISH_MS), 'not-stored', 'closed');
      await assert.rejects(bench.consume(transport), 'It consumes after close.');
    },
  },
  {
    number: '9b',
    claim: 'closes by its deadline while the broker is frozen',
    needs: ['refusal while away', 'fault freeze'],
    async run(bench) {
      const transport = await bench.open();
      await bench.fault('freeze')(transport);
      const publishing = transport.publish(bench.make.one(), 1_000);
      const refused = assertRefused(publishing, 'unknown');
      await within(transport.close(500), 'it closes by its deadline', 10_000);
      await refused;
    },
  },
  {
    number: '10',
    claim: 'resolves or rejects each pending publish at close, and tells the truth about each',
    run: tellsTheTruthAtClose,
  },
  {
    number: '11',
    claim: 'settles 20,000 publishes of 4 KiB made at once while it delivers them, within bounded memory',
    run: floodsBothWays,
  },
];

async function comesBackUnchanged(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const largest = Math.min(transport.guarantees.messageBytesMax, LARGEST_TRIED_BYTES);
  const unicode = 'Grüße, 世界 🚀 "100 %" = \\ ; &amp;';
  const envelopes = [
    bench.make.one(),
    bench.make.one({ body: new Uint8Array() }),
    bench.make.one({ body: Buffer.from(JSON.stringify({ unicode, escaped: '\u0000\u001f' })) }),
    bench.make.one({ body: Uint8Array.from({ length: 256 }, (_, byte) => byte) }),
    bench.make.one({ body: Buffer.alloc(largest, bench.random.bytes(4_096)) }),
    bench.make.one({ id: `foreign/${unicode}/1`, source: 'https://elsewhere.example/orders?x=1', timeMs: 1 }),
    bench.make.one({ partitionKey: `order:${unicode}` }),
    bench.make.one({ attributes: { tenant: unicode, padded: '  both sides  ', traceparent: '00-ab-cd-01' } }),
    bench.make.one({
      attributes: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`x${n}`, 'v'.repeat(n + 1)])),
    }),
  ];
  await bench.publish(transport, envelopes);
  const collector = await bench.consume(transport);
  await collector.settles(idsOf(envelopes));
  const arrived = collector.batches.flatMap(({ batch }) => batch.deliveries);
  for (const sent of envelopes) {
    const delivery = arrived.find((one) => one.kind === 'decoded' && one.envelope.id === sent.id);
    assert.ok(delivery?.kind === 'decoded');
    assertSame(delivery.envelope, sent);
  }
}

async function survivesItsPublisher(bench: Bench): Promise<void> {
  const peer = await bench.peer();
  const envelopes = bench.make.many(2_000);
  peer.order({ publish: envelopes });
  const enough = bench.random.integer(1, 400);
  await until(() => peer.stored.length >= enough, `the publisher has stored ${enough}`, 20_000);
  await peer.kill();
  const collector = await bench.consume(await bench.open());
  await collector.settles(peer.stored);
}

async function refusesWhenFull(bench: Bench): Promise<void> {
  const queue = bench.newQueue('bounded', 40);
  const transport = await bench.open(queue);
  const stored: Envelope[] = [];
  const fill = async () => {
    for (const envelope of bench.make.many(100)) {
      await transport.publish(envelope, PUBLISH_MS);
      stored.push(envelope);
    }
  };
  await assertRefused(fill(), 'not-stored', 'overloaded');
  assert.ok(stored.length >= 1, 'A queue for 40 commands took none.');
  const { countMax } = await transport.backlog();
  assert.equal(countMax, 40, 'The backlog does not say how much the queue can hold.');
  const collector = await bench.consume(transport);
  await collector.settles(idsOf(stored));
  await until(async () => (await transport.backlog()).count.value === 0, 'the queue is empty again');
  const next = bench.make.one();
  await transport.publish(next, PUBLISH_MS);
  await collector.settles([next.id]);
  assertSameSet(collector.ids, idsOf([...stored, next]), 'What a full queue had taken');
}

async function tellsTheTruthAtClose(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const envelopes = bench.make.many(400);
  const publishing = envelopes.map((envelope) => transport.publish(envelope, PUBLISH_MS));
  const settling = Promise.allSettled(publishing);
  await transport.close(5_000);
  const results = await within(settling, 'each pending publish has settled', 10_000);
  const stored = envelopes.filter((_, index) => results[index]?.status === 'fulfilled');
  const refused = envelopes.filter((_, index) => {
    const result = results[index];
    if (result?.status !== 'rejected') return false;
    assert.ok(result.reason instanceof PublishError, `A refusal is no PublishError but ${String(result.reason)}.`);
    return result.reason.outcome === 'not-stored';
  });
  const reopened = await bench.open();
  const collector = await bench.consume(reopened);
  await collector.settles(idsOf(stored));
  const marker = bench.make.one({ lane: 0 });
  await reopened.publish(marker, PUBLISH_MS);
  await collector.settles([marker.id]);
  const delivered = new Set(collector.ids);
  const lies = refused.filter(({ id }) => delivered.has(id));
  assert.deepEqual(idsOf(lies), [], 'Delivered, though the publish said that it was not stored.');
}

async function floodsBothWays(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const bodies = Array.from({ length: 16 }, () => bench.random.bytes(4_096));
  // Of as many keys as a flood has: what is repeated in order goes key by key, one after the other.
  const envelopes = Array.from({ length: 20_000 }, (_, n) =>
    bench.make.one({ partitionKey: `flood:${n}`, body: bodies[n % bodies.length]! }),
  );
  const before = await retainedBytes();
  const arrived = await bench.consumeIds(transport, { batchMax: 200, prefetch: 400 });
  for (let missing: readonly Envelope[] = envelopes; missing.length > 0;) {
    const results = await Promise.allSettled(missing.map((envelope) => transport.publish(envelope, 60_000)));
    missing = missing.filter((_, index) => refusedAsOverloaded(results[index]!));
    // Refusals come at once: who repeats them at once, too, leaves no turn to what makes room.
    const stored = envelopes.length - missing.length;
    await until(() => new Set(arrived).size >= stored, 'all that was taken of the flood has arrived', 50_000);
  }
  // What a broker may have stored although it could not say so is stored elsewhere too, and may come twice.
  const once = bench.subject.storesWhileAway ? [...new Set(arrived)] : arrived;
  assertSameSet(once, idsOf(envelopes), 'What arrived of the flood');
  const grownBytes = (await retainedBytes()) - before;
  assert.ok(grownBytes < FLOOD_BYTES_MAX, `After the flood ${grownBytes} more bytes are in memory.`);
}

function refusedAsOverloaded(result: PromiseSettledResult<unknown>): boolean {
  if (result.status === 'fulfilled') return false;
  const reason: unknown = result.reason;
  const overloaded = reason instanceof PublishError && reason.failure === 'overloaded';
  assert.ok(overloaded, `A publish of the flood failed otherwise than overloaded: ${String(reason)}`);
  return true;
}

/** Publishes until it is stored, with the same id, as a caller does after `unknown`. */
export async function publishStubbornly(transport: Transport, envelope: Envelope): Promise<void> {
  const stored = () => transport.publish(envelope, 1_000).then(() => true);
  await until(stored, `${envelope.id} is stored`, 30_000);
}
