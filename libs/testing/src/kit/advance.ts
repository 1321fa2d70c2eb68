import type { Batch, Envelope, Transport } from '#messaging';
import { until } from '../until.js';
import { FULL_BATCHES, LANES, OPTIONS, PUBLISH_MS, type Bench } from './bench.js';
import type { Case } from './case.js';
import { assert, assertNoGap, assertSameSet, assertSequence } from './claims.js';
import { Gate, settledBy, type Collector, type Settle } from './collector.js';
import { idsOf } from './envelopes.js';

/** A rejection that the case wants, told apart from one that it does not. */
class Refused extends Error {}

const refuse = () => Promise.reject(new Refused('The case rejects this batch.'));

export const advanceCases: readonly Case[] = [
  {
    number: '22',
    claim: 'does not deliver again after a restart what was resolved, and delivers the rest',
    async run(bench) {
      const transport = await bench.open();
      const envelopes = bench.make.many(30, { lane: 3 });
      await bench.publish(transport, envelopes);
      const gate = new Gate();
      const settle: Settle = (_batch, _signal, nth) => (nth <= 2 ? undefined : gate.wait());
      const first = await bench.consume(transport, settle, FULL_BATCHES);
      await first.receives(3);
      const second = await bench.consume(await bench.reopen(transport));
      await second.settles(idsOf(envelopes.slice(20)));
      assertSequence(second.ids, idsOf(envelopes.slice(20)), 'What came after the restart');
    },
  },
  {
    number: '23',
    claim: 'gives a rejected batch again, the same deliveries in the same order, nothing in between',
    async run(bench) {
      const transport = await bench.open();
      const envelopes = bench.make.many(30, { lane: 1 });
      await bench.publish(transport, envelopes);
      const settle: Settle = (_batch, _signal, nth) => (nth <= 3 ? refuse() : undefined);
      const collector = await bench.consume(transport, settle, FULL_BATCHES);
      await collector.settles(idsOf(envelopes));
      const first = idsOf(envelopes.slice(0, OPTIONS.batchMax));
      const expected = [first, first, first, idsOf(envelopes)].flat();
      assertSequence(collector.ids, expected, 'Three rejections, then success');
    },
  },
  { number: '24', claim: 'loses nothing and keeps the order through hundreds of rejections', run: survivesRejections },
  {
    number: '25',
    claim: 'delivers again what a killed consumer had in hand',
    needs: ['death of a process'],
    async run(bench) {
      const publisher = await bench.open();
      const envelopes = bench.make.many(25, { lane: 2 });
      await bench.publish(publisher, envelopes);
      await publisher.close(1_000);
      const peer = await bench.peer();
      peer.order({ consume: OPTIONS, settleCount: 0 });
      await until(() => peer.delivered.length > 0, 'the consumer has a batch in hand', 20_000);
      await peer.kill();
      const collector = await bench.consume(await bench.open());
      await collector.settles(idsOf(envelopes));
      assertSequence(collector.ids, idsOf(envelopes), 'What came after the consumer had died');
    },
  },
  {
    number: '26',
    claim: 'skips nothing when a batch resolves after its connection was lost',
    needs: ['fault cut'],
    run: survivesLateResolve,
  },
  {
    number: '26b',
    claim: 'skips nothing when a batch resolves after its consumer was stopped past the deadline',
    run: survivesResolveAfterStop,
  },
  {
    number: '27',
    claim: 'hands over what does not decode as such, whole, and goes on',
    needs: ['fault inject'],
    run: handsOverUndecoded,
  },
  {
    number: '28',
    claim: 'gives everything back while paused, and goes on from there when resumed',
    run: pausesAndResumes,
  },
  {
    number: '28b',
    claim: 'gives to another process what a paused one does not run',
    needs: ['many consumers'],
    async run(bench) {
      const [paused, other] = [await bench.open(), await bench.open()];
      const first = await bench.consume(paused);
      await first.consumer.pause();
      const second = await bench.consume(other);
      const envelopes = bench.make.inLanes(LANES, 30);
      await bench.publish(other, envelopes);
      await second.settles(idsOf(envelopes));
      assert.equal(first.ids.length, 0, 'A paused consumer was handed a batch.');
    },
  },
  {
    number: '28c',
    claim: 'delivers again what was rejected while a pause waited for it',
    async run(bench) {
      const transport = await bench.open();
      const envelopes = bench.make.many(30, { lane: 0 });
      await bench.publish(transport, envelopes);
      const gate = new Gate();
      const settle: Settle = (_batch, _signal, nth) => (nth === 1 ? gate.wait().then(refuse) : undefined);
      const collector = await bench.consume(transport, settle, FULL_BATCHES);
      await collector.receives(1);
      const pausing = collector.consumer.pause();
      gate.open();
      await pausing;
      await collector.consumer.resume();
      await collector.settles(idsOf(envelopes));
      const first = idsOf(envelopes.slice(0, OPTIONS.batchMax));
      assertNoGap(collector.ids.slice(first.length), idsOf(envelopes));
    },
  },
];

async function survivesRejections(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const envelopes = bench.make.inLanes(LANES, 150);
  await bench.publish(transport, envelopes);
  const refusals = new Map<string, number>();
  let refused = 0;
  const settle = ({ deliveries: [first] }: Batch) => {
    const id = first?.kind === 'decoded' ? first.envelope.id : '';
    const before = refusals.get(id) ?? 0;
    // Few in a row, since a transport may pause longer after each: what is tried is how many batches are refused.
    if (before >= 2 || bench.random.next() < 0.2) return undefined;
    refusals.set(id, before + 1);
    refused++;
    return refuse();
  };
  const collector = await bench.consume(transport, settle, { batchMax: 3 });
  await collector.settles(idsOf(envelopes), 40_000);
  assert.ok(refused > 200, `Only ${refused} batches were rejected: too few to prove anything.`);
  assertSameSet(collector.settled, idsOf(envelopes), 'What was settled in the end');
  for (let lane = 0; lane < LANES; lane++) {
    assertNoGap(collector.inLane(lane), idsOf(envelopes.filter((envelope) => envelope.lane === lane)));
  }
}

/** Each lane's first batch settles, its second waits for `late`, and what comes after that waits for ever. */
async function consumeUntilLate(bench: Bench, transport: Transport, late: Gate): Promise<Collector> {
  const handOvers = new Map<number, number>();
  const settle: Settle = ({ lane }) => {
    const nth = (handOvers.get(lane) ?? 0) + 1;
    handOvers.set(lane, nth);
    if (nth === 1) return undefined;
    return nth === 2 ? late.wait() : new Gate().wait();
  };
  return bench.consume(transport, settle, FULL_BATCHES);
}

async function survivesLateResolve(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const envelopes = bench.make.inLanes(LANES, 40);
  await bench.publish(transport, envelopes);
  const late = new Gate();
  const first = await consumeUntilLate(bench, transport, late);
  await first.receives(2 * LANES);
  await bench.fault('cut')(transport);
  await first.receives(3 * LANES, 45_000);
  late.open();
  await until(() => first.settled.length === 2 * LANES * OPTIONS.batchMax, 'the late batches have resolved');
  await bench.quiet(transport);
  await assertNothingSkipped(bench, transport, first, envelopes);
}

async function survivesResolveAfterStop(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const envelopes = bench.make.many(60, { lane: 0 });
  await bench.publish(transport, envelopes);
  const late = new Gate();
  const first = await consumeUntilLate(bench, transport, late);
  await first.receives(2);
  await first.consumer.stop(0);
  const second = await bench.consume(transport, new Gate().wait);
  await second.receives(1);
  late.open();
  await until(() => first.settled.length === 2 * OPTIONS.batchMax, 'the late batch has resolved');
  await bench.quiet(transport);
  await assertNothingSkipped(bench, transport, first, envelopes);
}

/** After a restart comes all that `first` did not settle, in each lane from there or from before. */
async function assertNothingSkipped(
  bench: Bench,
  transport: Transport,
  first: Collector,
  envelopes: readonly Envelope[],
): Promise<void> {
  const next = await bench.consume(await bench.reopen(transport));
  await settledBy([next, first], idsOf(envelopes));
  for (let lane = 0; lane < LANES; lane++) {
    const published = idsOf(envelopes.filter((envelope) => envelope.lane === lane));
    const settled = published.filter((id) => first.settled.includes(id)).length;
    assertNoGap(next.inLane(lane), published, settled);
  }
}

async function handsOverUndecoded(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const [before, after] = [bench.make.many(5, { lane: 1 }), bench.make.many(5, { lane: 1 })];
  const body = Uint8Array.from([0xff, 0x00, 0xfe, 0x7b]);
  await bench.publish(transport, before);
  await bench.fault('inject')(bench.queue, 1, body, { 'x-origin': 'elsewhere' });
  await bench.publish(transport, after);
  const collector = await bench.consume(transport);
  await collector.settles(idsOf([...before, ...after]));
  const undecoded = collector.batches
    .flatMap(({ batch }) => batch.deliveries)
    .filter((delivery) => delivery.kind === 'undecoded');
  assert.equal(undecoded.length, 1, 'What does not decode was not handed over exactly once.');
  assert.equal(Buffer.from(undecoded[0]!.body).toString('hex'), 'ff00fe7b');
  assert.equal(undecoded[0]!.headers['x-origin'], 'elsewhere');
  assert.ok(undecoded[0]!.reason.length > 0, 'It does not say why it did not decode.');
}

async function pausesAndResumes(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const envelopes = bench.make.many(40, { lane: 0 });
  await bench.publish(transport, envelopes);
  const gate = new Gate();
  const settle: Settle = (_batch, _signal, nth) => (nth === 1 ? gate.wait() : undefined);
  const collector = await bench.consume(transport, settle, FULL_BATCHES);
  await collector.receives(1);
  let paused = false;
  const pausing = collector.consumer.pause().then(() => (paused = true));
  await bench.quiet(transport);
  assert.ok(!paused, 'pause resolved while a batch was running.');
  gate.open();
  await pausing;
  const whilePaused = bench.make.many(20, { lane: 0 });
  for (const envelope of whilePaused) await transport.publish(envelope, PUBLISH_MS);
  await bench.quiet(transport);
  const first = idsOf(envelopes.slice(0, OPTIONS.batchMax));
  assertSequence(collector.ids, first, 'What was handed over until the pause');
  await collector.consumer.resume();
  await collector.settles(idsOf([...envelopes, ...whilePaused]));
  assertSequence(collector.ids, idsOf([...envelopes, ...whilePaused]), 'What was handed over in all');
  const ownerships = collector.batches.map(({ batch }) => batch.ownership);
  assert.notEqual(ownerships[0], ownerships[1], 'The lane was taken over anew without another ownership.');
}
