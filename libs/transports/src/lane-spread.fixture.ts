import type { Transport } from '#messaging';
import { until } from '#testing';
import { DEADLINE_MS, envelope, evenSpread, Worker } from './broker-worker.fixture.js';

export const LANES = 9;

/** The tests of every transport whose processes agree among themselves on who has which lane. */
export function testSpread(open: (lanes: number) => Promise<Transport>): void {
  const worker = async () => new Worker(await open(LANES));

  test('are spread evenly, and move when one joins, pauses, resumes or leaves', async () => {
    const [first, second, third] = [await worker(), await worker(), await worker()];
    await first.consume();
    expect(await evenSpread([first], LANES)).toEqual([9]);
    await second.consume();
    const consumer = await third.consume();
    expect(await evenSpread([first, second, third], LANES)).toEqual([3, 3, 3]);
    await consumer.pause();
    expect(await evenSpread([first, second], LANES)).toEqual([4, 5]);
    await consumer.resume();
    expect(await evenSpread([first, second, third], LANES)).toEqual([3, 3, 3]);
    await second.transport.close(DEADLINE_MS);
    expect(await evenSpread([first, third], LANES)).toEqual([4, 5]);
  });

  test('go on while one of them is hot, and a new process has its share of the others', async () => {
    const [busy, young] = [await worker(), await worker()];
    const { promise: hot, resolve: cool } = Promise.withResolvers<void>();
    await busy.consume(({ lane }) => (lane === 4 ? hot : undefined));
    await Promise.all(Array.from({ length: 200 }, () => busy.transport.publish(envelope(4), DEADLINE_MS)));
    await until(() => busy.lanes.includes(4), 'the hot lane is in hand');
    await busy.publishToAll(LANES);
    await until(() => busy.lanes.length === LANES, 'the other lanes go on');
    await young.consume();
    const hasItsShare = async () => {
      await busy.publishToAll(LANES);
      return young.lanes.filter((lane) => lane !== 4).length >= 3;
    };
    await until(hasItsShare, 'the new one has its share');
    cool();
    await until(async () => (await busy.transport.backlog()).count.value === 0, 'all were settled');
    expect(young.lanes.length).toBeLessThan(LANES);
  });
}
