import { execFile } from 'node:child_process';
import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MEBIBYTE = 1024 ** 2;
const FILLER = 'filler';

/** Whether this may mount one. */
export const CAN_FILL_DISK = process.getuid?.() === 0;

/** A folder on a disk of its own that can be filled; needs root. */
export class SmallDisk {
  readonly path: string;
  #mounted = true;

  private constructor(path: string) {
    this.path = path;
  }

  /** Mounts it on an empty folder. Rejects with the system's word where this may not mount. */
  static async at(path: string, mebibytes: number): Promise<SmallDisk> {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=711`, 'sluice-small-disk', path]);
    return new SmallDisk(path);
  }

  /** Leaves no byte, or as many as a server needs that keeps some for itself. */
  async fill(bytesLeft = 0): Promise<void> {
    const filler = await open(join(this.path, FILLER), 'w');
    try {
      const { bavail, bsize } = await statfs(this.path);
      if (bytesLeft > 0) return await allocate(filler, bavail * bsize - bytesLeft);
      for (let size = MEBIBYTE; size >= 1; size = Math.floor(size / 2))
        await writeUntilFull(filler, Buffer.alloc(size));
    } finally {
      await filler.close().catch(() => undefined);
    }
  }

  async empty(): Promise<void> {
    await rm(join(this.path, FILLER), { force: true });
  }

  /** Unmounts it. Idempotent. */
  async remove(): Promise<void> {
    if (this.#mounted) await run('umount', ['--lazy', this.path]);
    this.#mounted = false;
  }
}

async function allocate(file: Awaited<ReturnType<typeof open>>, bytes: number): Promise<void> {
  const piece = Buffer.alloc(MEBIBYTE);
  for (let left = bytes; left > 0; left -= piece.length) await file.write(piece, 0, Math.min(left, piece.length));
}

async function writeUntilFull(file: Awaited<ReturnType<typeof open>>, piece: Buffer): Promise<void> {
  for (;;) {
    try {
      const { bytesWritten } = await file.write(piece);
      if (bytesWritten < piece.length) return;
    } catch (error) {
      // Jest's `Error` is another one than the system's.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      return;
    }
  }
}
