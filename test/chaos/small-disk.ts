import { createTestDirectory, type TestDirectory } from '#testing';
import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MEBIBYTE = 1024 ** 2;
const DISK_MEBIBYTES = 256;
const FILLER = 'filler';

/** A folder on a disk of its own that can be filled; where this is not root, a plain one that cannot. */
export class SmallDisk implements TestDirectory {
  #mounted: boolean;

  private constructor(
    private readonly directory: TestDirectory,
    mounted: boolean,
  ) {
    this.#mounted = mounted;
  }

  static async create(): Promise<SmallDisk> {
    const directory = await createTestDirectory();
    const options = `size=${DISK_MEBIBYTES}m,mode=711`;
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', options, 'sluice-chaos', directory.path]).then(
      () => true,
      () => false,
    );
    return new SmallDisk(directory, mounted);
  }

  get path(): string {
    return this.directory.path;
  }

  get mounted(): boolean {
    return this.#mounted;
  }

  /** Leaves no byte. */
  async fill(): Promise<void> {
    const filler = await open(join(this.path, FILLER), 'w');
    try {
      for (let size = MEBIBYTE; size >= 1; size = Math.floor(size / 2))
        await writeUntilFull(filler, Buffer.alloc(size));
    } finally {
      await filler.close().catch(() => undefined);
    }
  }

  async empty(): Promise<void> {
    await rm(join(this.path, FILLER), { force: true });
  }

  /** Idempotent. */
  async remove(): Promise<void> {
    if (this.#mounted) await run('umount', ['--lazy', this.path]);
    this.#mounted = false;
    await this.directory.remove();
  }
}

async function writeUntilFull(file: Awaited<ReturnType<typeof open>>, piece: Buffer): Promise<void> {
  for (;;) {
    try {
      const { bytesWritten } = await file.write(piece);
      if (bytesWritten < piece.length) return;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return;
      throw error;
    }
  }
}
