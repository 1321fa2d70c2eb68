import { spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '#testing';
import { DEADLINE_MS, envelope, idsIn, inDirectory, refusal, spoolOptions, withSpool } from './spool.fixture.js';

/** Runs `body` in a file system of a few megabytes. Returns false where this process may not mount one. */
async function onSmallDisk(body: (disk: string) => Promise<void>): Promise<boolean> {
  let mounted = false;
  await inDirectory(async (disk) => {
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk], { encoding: 'utf8' });
    mounted = mount.status === 0;
    if (!mounted) {
      process.stdout.write(`Not shown here: no small disk can be mounted (${mount.stderr ?? String(mount.error)}).\n`);
      return;
    }
    try {
      await body(disk);
    } finally {
      spawnSync('umount', ['--lazy', disk]);
    }
  });
  return mounted;
}

describe('A spool on a full disk', () => {
  test('refuses as not stored, keeps all that it stored, and takes commands again when there is room', async () => {
    await onSmallDisk(async (disk) => {
      const directory = join(disk, 'spool');
      const stored: string[] = [];
      await withSpool(spoolOptions(directory), async (spool) => {
        const fill = async () => {
          for (let n = 0; ; n++) {
            const id = `c${n}`;
            await spool.append(envelope(id, { body: Buffer.alloc(40_000, n) }), DEADLINE_MS);
            stored.push(id);
          }
        };
        const ballast = join(disk, 'ballast');
        writeFileSync(ballast, Buffer.alloc(4 * 1024 * 1024));
        const full = { outcome: 'not-stored', failure: 'overloaded', setting: 'DATA_DIR' };
        expect(await refusal(fill())).toMatchObject(full);
        expect(stored.length).toBeGreaterThan(10);
        expect(spool.health.state).toMatchObject({
          status: 'blocked',
          reason: expect.stringMatching(/Make room.*SPOOL_BYTES_MAX/),
        });
        expect(await idsIn(spool)).toEqual(stored);

        const { bavail, bsize } = statfsSync(disk);
        writeFileSync(join(disk, 'last-bytes'), Buffer.alloc(bavail * bsize));
        spool.advance(0, 5);
        expect(await refusal(fill())).toMatchObject(full);
        expect(await idsIn(spool)).toEqual(stored.slice(5));

        rmSync(ballast);
        await until(() => spool.health.state.status === 'up', 'the spool has found the room by itself');
        await spool.append(envelope('after'), DEADLINE_MS);
        stored.push('after');
      });
      await withSpool(spoolOptions(directory), async (spool) => expect(await idsIn(spool)).toEqual(stored.slice(5)));
    });
  });
});
