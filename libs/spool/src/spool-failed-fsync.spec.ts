import { Worker } from 'node:worker_threads';
import { until } from '#testing';
import type { JournalOptions } from './journal-messages.js';
import { Spool } from './spool.js';
import { DEADLINE_MS, envelope, idsIn, inDirectory, refusal, spoolOptions } from './spool.fixture.js';

/** Starts the journal's thread with a disk that fails as `failing` says: see the fixture. */
const startOn = (failing: SharedArrayBuffer) => (options: JournalOptions) =>
  new Worker(new URL('./failing-disk.fixture.js', import.meta.url), { workerData: { ...options, failing } });

async function withFailingDisk(body: (spool: Spool, disk: Int32Array) => Promise<void>): Promise<void> {
  await inDirectory(async (directory) => {
    const failing = new SharedArrayBuffer(8);
    const spool = await Spool.open(spoolOptions(directory), startOn(failing));
    try {
      await body(spool, new Int32Array(failing));
    } finally {
      await spool.close(DEADLINE_MS);
    }
  });
}

describe('A spool whose fsync fails', () => {
  test('says unknown, opens the file again, and has all that it acknowledged before', async () => {
    await withFailingDisk(async (spool, disk) => {
      await spool.append(envelope('before'), DEADLINE_MS);
      disk[0] = 1;
      const error = await refusal(spool.append(envelope('unknown'), DEADLINE_MS));
      expect(error).toMatchObject({ outcome: 'unknown', failure: 'interrupted' });
      expect(spool.health.state.status).toBe('down');
      await until(() => spool.health.state.status === 'up', 'the spool has opened its file again');
      await spool.append(envelope('after'), DEADLINE_MS);
      const ids = await idsIn(spool);
      expect(ids.filter((id) => id !== 'unknown')).toEqual(['before', 'after']);
      expect((await spool.standing()).count).toBe(ids.length);
    });
  });

  test('does not repeat the fsync: the file is not written to again before it was reopened', async () => {
    await withFailingDisk(async (spool, disk) => {
      disk[0] = 1;
      await refusal(spool.append(envelope('unknown'), DEADLINE_MS));
      expect(await refusal(spool.append(envelope('next'), DEADLINE_MS))).toBeUndefined();
      expect(disk[1]).toBe(0);
    });
  });

  test('says not-stored and unavailable while the file cannot be opened again', async () => {
    await withFailingDisk(async (spool, disk) => {
      await spool.append(envelope('before'), DEADLINE_MS);
      disk[0] = 3;
      await refusal(spool.append(envelope('unknown'), DEADLINE_MS));
      const error = await refusal(spool.append(envelope('refused'), DEADLINE_MS));
      expect(error).toMatchObject({ outcome: 'not-stored', failure: 'unavailable' });
      await until(() => spool.health.state.status === 'up', 'the spool has opened its file again');
      expect((await idsIn(spool)).filter((id) => id !== 'unknown')).toEqual(['before']);
    });
  });

  test('says unknown when its thread dies, starts another, and goes on', async () => {
    await withFailingDisk(async (spool, disk) => {
      await spool.append(envelope('before'), DEADLINE_MS);
      disk[0] = -1;
      expect(await refusal(spool.append(envelope('unknown'), DEADLINE_MS))).toMatchObject({ outcome: 'unknown' });
      await spool.append(envelope('after'), DEADLINE_MS);
      expect((await idsIn(spool)).filter((id) => id !== 'unknown')).toEqual(['before', 'after']);
    });
  });
});
