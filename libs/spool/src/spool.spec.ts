import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { PublishError } from '#messaging';
import { Spool } from './spool.js';
import { DEADLINE_MS, envelope, idsIn, inDirectory, LANES, refusal, spoolOptions, withSpool } from './spool.fixture.js';

const ids = (count: number) => Array.from({ length: count }, (_, n) => `c${n}`);

describe('The spool', () => {
  test('gives every field of any envelope back, byte for byte', async () => {
    const anything = fc.record({
      id: fc.string({ unit: 'binary' }),
      type: fc.string({ unit: 'grapheme' }),
      source: fc.webUrl(),
      partitionKey: fc.string({ unit: 'binary' }),
      timeMs: fc.nat(),
      attributes: fc.dictionary(fc.string(), fc.string({ unit: 'binary' }), { noNullPrototype: true }),
      body: fc.uint8Array({ maxLength: 5_000 }),
    });
    await inDirectory((directory) =>
      withSpool(spoolOptions(directory), (spool) =>
        fc.assert(
          fc.asyncProperty(anything, fc.nat({ max: LANES - 1 }), async (fields, lane) => {
            await spool.append({ ...fields, lane }, DEADLINE_MS);
            const [entry] = await spool.read(lane, spool.cursor(lane), 1, 1);
            spool.advance(lane, entry?.seq ?? 0);
            expect(entry?.delivery).toEqual({ kind: 'decoded', envelope: { ...fields, lane } });
          }),
          { numRuns: 200 },
        ),
      ),
    );
  });

  test('stores what waits at the same time in one transaction', async () => {
    await inDirectory((directory) =>
      withSpool(spoolOptions(directory), async (spool) => {
        let transactions = 0;
        spool.onAppended(() => transactions++);
        await spool.append(envelope('alone'), DEADLINE_MS);
        expect(transactions).toBe(1);
        await Promise.all(ids(1_000).map((id) => spool.append(envelope(id), DEADLINE_MS)));
        expect(transactions).toBe(2);
        expect(await idsIn(spool)).toEqual(['alone', ...ids(1_000)]);
      }),
    );
  });

  test('reads again after a restart only what was not advanced past, in order', async () => {
    await inDirectory(async (directory) => {
      await withSpool(spoolOptions(directory), async (spool) => {
        await Promise.all(ids(300).map((id, n) => spool.append(envelope(id, { lane: n % 2 }), DEADLINE_MS)));
        spool.advance(0, 100);
        spool.advance(1, 150);
      });
      await withSpool(spoolOptions(directory), async (spool) => {
        expect(await idsIn(spool, 0)).toEqual(ids(300).filter((_, n) => n % 2 === 0 && n >= 200));
        expect(await idsIn(spool, 1)).toEqual([]);
        await spool.append(envelope('next', { lane: 1 }), DEADLINE_MS);
        expect(await spool.read(1, 150, 10, 1)).toMatchObject([{ seq: 151 }]);
      });
    });
  });

  test('writes an advance over more entries than one transaction deletes', async () => {
    await inDirectory(async (directory) => {
      const count = 10_000;
      await withSpool(spoolOptions(directory), async (spool) => {
        await Promise.all(ids(count).map((id) => spool.append(envelope(id), DEADLINE_MS)));
        spool.advance(0, count - 1);
        expect((await spool.standing()).count).toBe(1);
      });
      await withSpool(spoolOptions(directory), async (spool) => expect(await idsIn(spool)).toEqual([`c${count - 1}`]));
    });
  });

  test('knows exactly what waits, in which lane and since when', async () => {
    await inDirectory((directory) =>
      withSpool(spoolOptions(directory), async (spool) => {
        expect(await spool.standing()).toEqual({ count: 0, bytes: 0, oldestAtMs: null, lanes: [0, 0, 0, 0] });
        const beforeMs = Date.now();
        for (const id of ids(5)) await spool.append(envelope(id, { lane: 2 }), DEADLINE_MS);
        const full = await spool.standing();
        expect(full).toMatchObject({ count: 5, lanes: [0, 0, 5, 0] });
        expect(full.oldestAtMs).toBeGreaterThanOrEqual(beforeMs);
        const entries = await spool.read(2, 0, 10, 1_000_000);
        expect(full.bytes).toBe(entries.reduce((sum, { bytes }) => sum + bytes, 0));
        spool.advance(2, 4);
        expect(await spool.standing()).toMatchObject({ count: 1, bytes: entries[4]?.bytes, lanes: [0, 0, 1, 0] });
        spool.advance(2, 5);
        expect(await spool.standing()).toEqual({ count: 0, bytes: 0, oldestAtMs: null, lanes: [0, 0, 0, 0] });
      }),
    );
  });

  test('reads by number and by size, and one entry at least', async () => {
    await inDirectory((directory) =>
      withSpool(spoolOptions(directory), async (spool) => {
        const body = Buffer.alloc(1_000);
        await Promise.all(ids(20).map((id) => spool.append(envelope(id, { body }), DEADLINE_MS)));
        expect(await spool.read(0, 0, 7, 1_000_000)).toHaveLength(7);
        expect(await spool.read(0, 0, 7, 3_500)).toHaveLength(3);
        expect(await spool.read(0, 0, 7, 1)).toHaveLength(1);
        expect(await spool.read(0, 20, 7, 1)).toHaveLength(0);
      }),
    );
  });

  test('refuses what lies beyond its count, and takes again when some was advanced past', async () => {
    await inDirectory((directory) =>
      withSpool(spoolOptions(directory, { countMax: 10 }), async (spool) => {
        const results = await Promise.allSettled(ids(30).map((id) => spool.append(envelope(id), DEADLINE_MS)));
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
        const refused = { outcome: 'not-stored', failure: 'overloaded', setting: 'SPOOL_COUNT_MAX' };
        expect(results[10]).toMatchObject({ reason: { ...refused, retryAfterMs: undefined } });
        expect(spool.health.state.status).toBe('blocked');
        spool.advance(0, 1);
        await spool.append(envelope('more'), DEADLINE_MS);
        expect(await refusal(spool.append(envelope('too many'), DEADLINE_MS))).toMatchObject({
          ...refused,
          retryAfterMs: expect.any(Number),
        });
        spool.advance(0, 9);
        expect(spool.health.state.status).toBe('up');
      }),
    );
  });

  test('keeps file and log within its bytes, and takes again when it was drained', async () => {
    await inDirectory(async (directory) => {
      const bytesMax = 8 * 1024 * 1024;
      await withSpool(spoolOptions(directory, { bytesMax }), async (spool) => {
        const body = Buffer.alloc(10_000);
        const diskBytes = () =>
          ['', '-wal'].reduce((sum, suffix) => sum + statSync(join(directory, `spool.sqlite${suffix}`)).size, 0);
        for (let round = 0; round < 3; round++) {
          const results = await Promise.allSettled(
            ids(1_000).map((id) => spool.append(envelope(id, { body }), DEADLINE_MS)),
          );
          expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(300);
          expect(results.at(-1)).toMatchObject({ reason: { outcome: 'not-stored', failure: 'overloaded' } });
          expect(diskBytes()).toBeLessThanOrEqual(bytesMax);
          spool.advance(0, spool.last(0));
          await spool.append(envelope('flushed', { lane: 1 }), DEADLINE_MS);
        }
      });
    });
  });

  test('rejects at the deadline: not-stored while it waits here, unknown once it was sent', async () => {
    await inDirectory((directory) =>
      withSpool(spoolOptions(directory), async (spool) => {
        const body = Buffer.alloc(500_000);
        const sent = spool.append(envelope('sent', { body }), 1);
        const outcomes = [refusal(sent), ...ids(60).map((id) => refusal(spool.append(envelope(id, { body }), 1)))];
        const errors = (await Promise.all(outcomes)).filter((error) => error !== undefined) as PublishError[];
        expect(errors.map(({ failure }) => failure)).toEqual(errors.map(() => 'timeout'));
        await spool.append(envelope('after'), DEADLINE_MS);
        const stored = await idsIn(spool);
        const notStored = errors.filter(({ outcome }) => outcome === 'not-stored').length;
        expect(notStored).toBeGreaterThan(0);
        expect(stored).toHaveLength(62 - notStored);
      }),
    );
  });

  test.each([
    ['a lane that it does not have', { lane: LANES }, 'unroutable'],
    ['no lane at all', { lane: -1 }, 'unroutable'],
    ['what is larger than one entry may be', { body: Buffer.alloc(5 * 1024 * 1024) }, 'too-large'],
  ])('refuses %s', async (_, changes, failure) => {
    await inDirectory((directory) =>
      withSpool(spoolOptions(directory), async (spool) => {
        const error = await refusal(spool.append(envelope('x', changes), DEADLINE_MS));
        expect(error).toMatchObject({ outcome: 'not-stored', failure });
      }),
    );
  });

  test('stores everything that was appended before close, and refuses what comes after', async () => {
    await inDirectory(async (directory) => {
      const spool = await Spool.open(spoolOptions(directory));
      const appended = ids(500).map((id) => spool.append(envelope(id), DEADLINE_MS));
      const closed = spool.close(DEADLINE_MS);
      expect(await refusal(spool.append(envelope('late'), DEADLINE_MS))).toMatchObject({ failure: 'closed' });
      await Promise.all([...appended, closed, spool.close(0)]);
      await withSpool(spoolOptions(directory), async (again) => expect(await idsIn(again)).toEqual(ids(500)));
    });
  });

  test('refuses another number of lanes and names the setting', async () => {
    await inDirectory(async (directory) => {
      await withSpool(spoolOptions(directory), async () => undefined);
      const error = await refusal(Spool.open(spoolOptions(directory, { lanes: 8 })));
      expect(error).toMatchObject({ setting: 'LANES', message: expect.stringMatching(/4 lanes.*LANES is 8/) });
    });
  });

  test('refuses the file of a newer version', async () => {
    await inDirectory(async (directory) => {
      await withSpool(spoolOptions(directory), async () => undefined);
      const database = new DatabaseSync(join(directory, 'spool.sqlite'));
      database.exec('PRAGMA user_version = 2');
      database.close();
      const error = await refusal(Spool.open(spoolOptions(directory)));
      expect(error).toMatchObject({ message: expect.stringMatching(/schema version 2, and this Sluice knows 1/) });
    });
  });

  test('says which setting to change when its directory cannot be had', async () => {
    await inDirectory(async (directory) => {
      const file = join(directory, 'a-file');
      writeFileSync(file, '');
      const error = await refusal(Spool.open(spoolOptions(join(file, 'spool'))));
      expect(error).toMatchObject({ setting: 'DATA_DIR', message: expect.stringMatching(/cannot be opened: ENOTDIR/) });
    });
  });

  test('refuses a bound that leaves no room', async () => {
    const error = await refusal(Spool.open(spoolOptions('never-made', { bytesMax: 1_000 })));
    expect(error).toMatchObject({ setting: 'SPOOL_BYTES_MAX' });
  });
});
