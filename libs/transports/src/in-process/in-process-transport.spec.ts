import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GATEWAY_SOURCE, type Batch, type ConsumeOptions, type Envelope } from '#messaging';
import { until } from '#testing';
import { InProcessTransport } from './in-process-transport.js';

const OPTIONS: ConsumeOptions = { batchMax: 10, batchBytesMax: 1024 * 1024, batchWaitMs: 0, prefetch: 10 };
const DEADLINE_MS = 10_000;

function envelope(id: string, lane = 0): Envelope {
  const body = Buffer.from(`{"is":"${id}"}`);
  return { id, type: 'a.b.v1', source: GATEWAY_SOURCE, partitionKey: `s:${id}`, lane, timeMs: 1, attributes: {}, body };
}

describe('The in-process transport', () => {
  let directory: string;
  let transport: InProcessTransport;

  const make = () => new InProcessTransport({ directory, lanes: 2, bytesMax: 16 * 1024 * 1024, countMax: 1_000 });

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-in-process-'));
    transport = make();
    await transport.open();
  });

  afterEach(async () => {
    await transport.close(DEADLINE_MS);
    rmSync(directory, { recursive: true });
  });

  test('hands over what the disk damaged as undecoded, in its place, and goes on', async () => {
    for (const id of ['a', 'b', 'c']) await transport.publish(envelope(id), DEADLINE_MS);
    await transport.close(DEADLINE_MS);
    const file = join(directory, 'spool.sqlite');
    writeFileSync(file, readFileSync(file, 'latin1').replaceAll('{"is":"b"}', '{"is":"x"}'), 'latin1');
    transport = make();
    await transport.open();
    const seen: string[] = [];
    await transport.consume(OPTIONS, async ({ deliveries }) => {
      seen.push(
        ...deliveries.map((delivery) => (delivery.kind === 'decoded' ? delivery.envelope.id : delivery.reason)),
      );
    });
    await until(() => seen.length === 3, 'all three were delivered');
    expect(seen).toEqual(['a', expect.stringMatching(/damaged/), 'c']);
    await until(async () => (await transport.backlog()).count.value === 0, 'all three were advanced past');
  });

  test('takes no harm from a batch that is always rejected: others run, and it repeats the same deliveries', async () => {
    await transport.publish(envelope('poison', 0), DEADLINE_MS);
    const refused: Batch[] = [];
    const settled: string[] = [];
    await transport.consume(OPTIONS, async (batch) => {
      if (batch.lane === 1) return void settled.push(...batch.deliveries.map(() => 'one'));
      refused.push(batch);
      throw new Error('Never.');
    });
    await until(() => refused.length > 5, 'the batch was rejected several times');
    for (const id of ['a', 'b', 'c']) await transport.publish(envelope(id, 1), DEADLINE_MS);
    await until(() => settled.length === 3, 'the other lane went on');
    expect(new Set(refused.map(({ deliveries }) => deliveries)).size).toBe(1);
    expect((await transport.backlog()).lanes).toEqual([1, 0]);
  });

  test('counts every taking over as a new ownership, and only that', async () => {
    const ownerships: number[] = [];
    const consumer = await transport.consume(OPTIONS, async ({ ownership }) => void ownerships.push(ownership));
    const publish = async (count: number) => {
      await transport.publish(envelope(`c${count}`), DEADLINE_MS);
      await until(() => ownerships.length === count, `delivery ${count} came`);
    };
    await publish(1);
    await publish(2);
    await consumer.pause();
    await consumer.resume();
    await publish(3);
    await consumer.stop(DEADLINE_MS);
    await transport.consume(OPTIONS, async ({ ownership }) => void ownerships.push(ownership));
    await publish(4);
    expect(ownerships).toEqual([1, 1, 2, 3]);
  });

  test('advances nothing for a batch that resolves after its consumer had to stop', async () => {
    await transport.publish(envelope('late'), DEADLINE_MS);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    let lost: AbortSignal | undefined;
    const consumer = await transport.consume(OPTIONS, (_, signal) => ((lost = signal), held));
    await until(() => lost, 'the batch runs');
    await consumer.stop(20);
    expect(lost?.aborted).toBe(true);
    release();
    const again: Batch[] = [];
    await transport.consume(OPTIONS, async (batch) => void again.push(batch));
    await until(() => again.length === 1, 'the delivery came again');
    await until(async () => (await transport.backlog()).count.value === 0, 'it was advanced past once');
  });

  test('refuses a prefetch below a batch, and use before open', async () => {
    await expect(transport.consume({ ...OPTIONS, prefetch: 9 }, async () => undefined)).rejects.toThrow(/prefetch/);
    const unopened = make();
    await expect(unopened.backlog()).rejects.toThrow(/not open yet/);
    await expect(unopened.publish(envelope('x'), DEADLINE_MS)).rejects.toMatchObject({ outcome: 'not-stored' });
    await unopened.close(DEADLINE_MS);
  });

  test('is down with the reason when its spool has another owner, and opens when that one has gone', async () => {
    const second = make();
    await expect(second.open()).rejects.toMatchObject({ setting: 'DATA_DIR' });
    expect(second.health.state).toMatchObject({ status: 'down', reason: expect.stringMatching(/in use by process/) });
    await transport.close(DEADLINE_MS);
    transport = second;
    await second.open();
    expect(second.health.state).toEqual({ status: 'up' });
  });
});
