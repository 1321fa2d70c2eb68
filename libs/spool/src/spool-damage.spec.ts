import { closeSync, cpSync, openSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TransportError } from '#messaging';
import { Spool } from './spool.js';
import { DEADLINE_MS, envelope, idsIn, inDirectory, refusal, spoolOptions, withSpool } from './spool.fixture.js';

const ids = Array.from({ length: 200 }, (_, n) => `c${n}`);

/** A spool in good order that holds `ids` in lane 0. */
async function filled(directory: string): Promise<string> {
  await withSpool(spoolOptions(directory), async (spool) => {
    await Promise.all(ids.map((id) => spool.append(envelope(id), DEADLINE_MS)));
  });
  return join(directory, 'spool.sqlite');
}

/** Changes bytes of a file, as a bad disk does. */
function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const content = readFileSync(file);
  content.set(bytes, at);
  writeFileSync(file, content);
}

describe('A damaged spool', () => {
  test('keeps what was acknowledged when its log is torn anywhere in the last transaction', async () => {
    await inDirectory(async (directory) => {
      const live = join(directory, 'live');
      await withSpool(spoolOptions(live), async (spool) => {
        for (const id of ids.slice(0, 20)) await spool.append(envelope(id), DEADLINE_MS);
        const log = join(live, 'spool.sqlite-wal');
        const wholeBytes = statSync(log).size;
        const body = Buffer.alloc(30_000, 1);
        await spool.append(envelope('torn', { body }), DEADLINE_MS);
        const tornBytes = statSync(log).size;
        expect(tornBytes).toBeGreaterThan(wholeBytes + body.byteLength);
        for (const share of [0, 0.01, 0.3, 0.7, 0.999]) {
          const copy = join(directory, `torn-${share}`);
          cpSync(live, copy, { recursive: true });
          truncateSync(join(copy, 'spool.sqlite-wal'), Math.floor(wholeBytes + share * (tornBytes - wholeBytes)));
          await withSpool(spoolOptions(copy), async (torn) => {
            expect(await idsIn(torn)).toEqual(ids.slice(0, 20));
            await torn.append(envelope('after'), DEADLINE_MS);
            expect(await idsIn(torn)).toEqual([...ids.slice(0, 20), 'after']);
          });
        }
      });
    });
  });

  test.each([
    ['whose first page is noise', (file: string) => overwrite(file, 0, Buffer.alloc(512, 0xa5))],
    ['whose inner pages are noise', (file: string) => overwrite(file, 3 * 4096, Buffer.alloc(8192, 0xa5))],
    ['that was cut in half', (file: string) => truncateSync(file, statSync(file).size / 2)],
    ['that is empty', (file: string) => truncateSync(file, 0)],
    ['that was never a database', (file: string) => writeFileSync(file, 'Dear diary,\n'.repeat(1_000))],
  ])('refuses a file %s, names it, says what to do, and leaves it there', async (_, damage) => {
    await inDirectory(async (directory) => {
      const file = await filled(directory);
      damage(file);
      const before = statSync(file).size;
      const error = await refusal(Spool.open(spoolOptions(directory)));
      expect(error).toBeInstanceOf(TransportError);
      const { message, setting } = error as TransportError;
      expect(setting).toBe('DATA_DIR');
      expect(message).toContain(file);
      expect(message).toMatch(/damaged: .*Nothing was deleted\. Copy its directory.*recover/s);
      expect(statSync(file).size).toBe(before);
    });
  });

  test('is down with the reason when the damage shows while it is open, and stores nothing more', async () => {
    await inDirectory((directory) =>
      withSpool(spoolOptions(directory), async (spool) => {
        // More than SQLite holds in memory, so that the first pages are read from the disk again.
        const body = Buffer.alloc(100_000, 1);
        const appended = Array.from({ length: 300 }, (_, n) => spool.append(envelope(`c${n}`, { body }), DEADLINE_MS));
        await Promise.all(appended);
        const file = openSync(join(directory, 'spool.sqlite'), 'r+');
        for (let page = 2; page < 2_000; page++) writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
        closeSync(file);
        const damaged = { message: expect.stringMatching(/spool\.sqlite is damaged/) };
        expect(await refusal(spool.read(0, 0, 1_000, 100_000_000))).toMatchObject(damaged);
        expect(spool.health.state.status).toBe('down');
        const refused = { outcome: 'not-stored', failure: 'unavailable', ...damaged };
        expect(await refusal(spool.append(envelope('next'), DEADLINE_MS))).toMatchObject(refused);
      }),
    );
  });

  test('refuses a database that is no spool', async () => {
    await inDirectory(async (directory) => {
      const database = new DatabaseSync(join(directory, 'spool.sqlite'));
      database.exec('CREATE TABLE diary (day TEXT)');
      database.close();
      const error = await refusal(Spool.open(spoolOptions(directory)));
      expect(error).toMatchObject({ setting: 'DATA_DIR', message: expect.stringMatching(/is no spool/) });
    });
  });

  test('hands over an entry whose bytes changed as undecoded, with its bytes, among the others', async () => {
    await inDirectory(async (directory) => {
      const file = await filled(directory);
      const whole = readFileSync(file, 'latin1');
      // SQLite leaves old copies of rows in unused parts of its pages; they are changed along.
      writeFileSync(file, whole.replaceAll('{"orderId":"c7"}', '{"orderId":"d7"}'), 'latin1');
      await withSpool(spoolOptions(directory), async (spool) => {
        const entries = await spool.read(0, 0, 10, 1_000_000);
        expect(entries.map(({ delivery }) => delivery.kind === 'decoded')).toEqual(
          ids.slice(0, 10).map((id) => id !== 'c7'),
        );
        const damaged = entries[7]?.delivery;
        if (damaged?.kind !== 'undecoded') throw new Error('The damaged entry was decoded.');
        expect(Buffer.from(damaged.body).toString()).toContain('{"orderId":"d7"}');
        expect(damaged.reason).toMatch(/Entry 8 of lane 0 was damaged .*checksum/);
        spool.advance(0, 10);
        expect((await idsIn(spool))[0]).toBe('c10');
      });
    });
  });
});
