import { until } from '../until.js';
import { LANES, PUBLISH_MS, type Bench } from './bench.js';
import type { Case } from './case.js';
import { assert } from './claims.js';
import { Gate } from './collector.js';
import { idsOf } from './envelopes.js';
import { retainedBytes } from './memory-use.js';

/** Hours in the catalogue; here scaled to rounds, each of which would show what a delivery leaves behind. */
const ROUNDS = 20;
const ROUND_DELIVERIES = 500;
const ROUND_BODY_BYTES = 2_048;

export const signalCases: readonly Case[] = [
  { number: '45', claim: 'tells a backlog that counts what is in hand, and is 0 before and after', run: tellsBacklog },
  {
    number: '46',
    claim: 'passes trace context and correlation on',
    async run(bench) {
      const transport = await bench.open();
      const attributes = {
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        tracestate: 'vendor=a:1,other=b',
        correlationid: 'request-17',
        expirytime: '2031-01-01T00:00:00.000Z',
        principal: 'client:42',
      };
      await transport.publish(bench.make.one({ attributes }), PUBLISH_MS);
      const collector = await bench.consume(transport);
      await collector.receives(1);
      const [delivery] = collector.batches[0]!.batch.deliveries;
      assert.ok(delivery?.kind === 'decoded');
      assert.equal(
        JSON.stringify(Object.entries(delivery.envelope.attributes).sort()),
        JSON.stringify(Object.entries(attributes).sort()),
      );
    },
  },
  {
    number: '47',
    claim: 'keeps its memory stable over many rounds (scaled: rounds, not hours)',
    run: keepsMemoryStable,
  },
  { number: '48', claim: 'brings notices to every listener, whatever the others do', run: bringsNotices },
  {
    number: '48b',
    claim: 'brings notices from one process to the others',
    needs: ['many consumers'],
    async run(bench) {
      const transports = await Promise.all([1, 2, 3].map(() => bench.open()));
      const heard = transports.map((transport) => {
        const notices: string[] = [];
        transport.listen((notice) => notices.push(Buffer.from(notice).toString()));
        return notices;
      });
      await until(
        () => {
          transports[0]!.notify(Buffer.from('an outcome'));
          return heard.every((notices) => notices.includes('an outcome'));
        },
        'every process has heard a notice',
        bench.patienceMs,
      );
    },
  },
];

async function tellsBacklog(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const counts = async () => {
    const { count, lanes } = await transport.backlog();
    return { count: count.value, lanes: [...lanes] };
  };
  const reaches = (count: number, lane0: number) =>
    until(
      async () => {
        const now = await counts();
        return now.count === count && now.lanes[0] === lane0 && now.lanes.length === LANES;
      },
      `the backlog is ${count}, ${lane0} of them in lane 0`,
      bench.patienceMs,
    );
  await reaches(0, 0);
  assert.equal((await transport.backlog()).oldestAtMs.value, null, 'Nothing waits, and yet there is an oldest.');
  const startedMs = Date.now();
  await bench.publish(transport, [...bench.make.many(12, { lane: 0, bytes: 100 }), ...bench.make.many(5, { lane: 3 })]);
  await reaches(17, 12);
  const { bytes, oldestAtMs } = await transport.backlog();
  assert.ok(!bytes.exact || bytes.value >= 1_200, `The backlog of more than 1,200 bytes has ${bytes.value}.`);
  const age = oldestAtMs.value;
  const plausible = age !== null && age >= startedMs - 1 && age <= Date.now();
  assert.ok(!oldestAtMs.exact || plausible, `The oldest was stored at ${age}, not within the case.`);
  const gate = new Gate();
  const collector = await bench.consume(transport, gate.wait);
  await collector.receives(2);
  await bench.quiet(transport);
  await reaches(17, 12);
  gate.open();
  await reaches(0, 0);
  assert.equal(
    (await transport.backlog()).oldestAtMs.value,
    null,
    'Nothing waits any more, and yet there is an oldest.',
  );
}

async function keepsMemoryStable(bench: Bench): Promise<void> {
  const transport = await bench.open();
  const arrived = await bench.consumeIds(transport);
  const round = async () => {
    const envelopes = bench.make.many(ROUND_DELIVERIES, { body: Buffer.alloc(ROUND_BODY_BYTES, 0x20) });
    await Promise.all(envelopes.map((envelope) => transport.publish(envelope, PUBLISH_MS)));
    await until(() => arrived.length >= ROUND_DELIVERIES, 'a round has arrived', 30_000);
    arrived.length = 0;
  };
  for (let warmUp = 0; warmUp < 4; warmUp++) await round();
  const before = await retainedBytes();
  for (let run = 0; run < ROUNDS; run++) await round();
  const grownBytes = (await retainedBytes()) - before;
  const halfOfAllBodies = (ROUNDS * ROUND_DELIVERIES * ROUND_BODY_BYTES) / 2;
  assert.ok(grownBytes < halfOfAllBodies, `${ROUNDS} rounds left ${grownBytes} bytes in memory.`);
}

async function bringsNotices(bench: Bench): Promise<void> {
  const transport = await bench.create();
  transport.notify(Buffer.from('too early: lost, and no error'));
  await transport.open();
  const heard: string[][] = [[], [], []];
  transport.listen(() => {
    throw new Error('A listener that fails.');
  });
  const endings = heard.map((notices) => transport.listen((notice) => notices.push(Buffer.from(notice).toString())));
  const each = (text: string, who: number[]) =>
    until(
      () => {
        transport.notify(Buffer.from(text));
        return who.every((listener) => heard[listener]!.includes(text));
      },
      `listeners ${who.join(', ')} have heard '${text}'`,
      bench.patienceMs,
    );
  await each('Größe ✓', [0, 1, 2]);
  endings[1]!();
  await each('second', [0, 2]);
  await bench.quiet(transport);
  assert.ok(!heard[1]!.includes('second'), 'Who listens no more has heard a notice.');
  const envelopes = bench.make.many(5);
  await bench.publish(transport, envelopes);
  await (await bench.consume(transport)).settles(idsOf(envelopes));
  await transport.close(1_000);
  transport.notify(Buffer.from('too late: lost, and no error'));
}
