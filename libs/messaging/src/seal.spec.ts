import { SealLane } from '#contracts';
import { laneOf } from './lane.js';
import { publishSeals, sealOf, type SealRun } from './seal.js';
import type { Envelope } from './envelope.js';

const run: SealRun = { move: crypto.randomUUID(), lanes: 16, sealer: 'queue', sealers: 1, deadlineMs: 1_000 };

test.each([1, 2, 7, 16, 1_024])('each of %d lanes has a seal that its own key sends there', (lanes) => {
  for (let lane = 0; lane < lanes; lane++) {
    const { partitionKey, lane: sentTo, body } = sealOf(lane, { ...run, lanes });
    expect([sentTo, laneOf(partitionKey, lanes)]).toEqual([lane, lane]);
    const payload = SealLane.payload.parse(JSON.parse(Buffer.from(body).toString()));
    expect(partitionKey).toBe(`seal:${SealLane.key(payload)}`);
  }
});

test('the same run makes the same commands again, another move, sealer or lane makes others', () => {
  const ids = [
    sealOf(3, run),
    sealOf(3, { ...run, move: crypto.randomUUID() }),
    sealOf(3, { ...run, sealer: 'other' }),
    sealOf(4, run),
  ].map(({ id }) => id);
  expect(sealOf(3, run).id).toBe(ids[0]);
  expect(new Set(ids).size).toBe(4);
});

test('every lane gets one, in order, and a refusal ends the run', async () => {
  const published: Envelope[] = [];
  const counts: number[] = [];
  const publish = async (envelope: Envelope) => {
    if (published.length === 20) throw new Error('full');
    published.push(envelope);
    return { durability: 'memory' as const };
  };
  await publishSeals({ publish }, run, (count) => counts.push(count));
  expect(published.map(({ lane }) => lane)).toEqual(Array.from({ length: 16 }, (_, lane) => lane));
  expect(counts.at(-1)).toBe(16);
  await expect(publishSeals({ publish }, run)).rejects.toThrow('full');
  expect(published).toHaveLength(20);
});
