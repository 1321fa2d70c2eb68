import { startEmbeddedPostgres, type EmbeddedPostgres } from '#embedded';
import type { TestDirectory } from '#testing';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SmallDisk } from './small-disk.js';

const run = promisify(execFile);

/** Room for some minutes of writing ahead; what is not needed any more is recycled. */
const DISK_MEBIBYTES = 1_024;

/** A PostgreSQL of the campaign's own, which keeps its port and its data whatever happens to it. */
export class DatabaseServer {
  #server: EmbeddedPostgres;
  #ended = false;
  /** Those that stand still. */
  #frozen: number[] = [];

  private constructor(
    readonly disk: SmallDisk,
    server: EmbeddedPostgres,
  ) {
    this.#server = server;
    this.#watch();
  }

  static async start(): Promise<DatabaseServer> {
    const disk = await SmallDisk.create(DISK_MEBIBYTES);
    return new DatabaseServer(disk, await startEmbeddedPostgres(placeIn(disk)));
  }

  /** Whether it does not run, asked or not. */
  get ended(): boolean {
    return this.#ended;
  }

  get url(): string {
    return this.#server.url;
  }

  /** As a power cut: all its processes at once. */
  async crash(): Promise<void> {
    await this.freeze();
    for (const pid of this.#frozen) signal(pid, 'SIGKILL');
    this.#frozen = [];
    await this.#server.ended;
  }

  /** As an operator does: open transactions are rolled back. */
  async stop(): Promise<void> {
    await this.#server.stop();
  }

  /** After `crash` or `stop`, on the same port. */
  async start(): Promise<void> {
    this.#server = await startEmbeddedPostgres({ ...placeIn(this.disk), port: Number(new URL(this.url).port) });
    this.#watch();
  }

  /** Its sockets stay open, and nothing answers. */
  async freeze(): Promise<void> {
    const { postmasterPid } = this.#server;
    // First the one that makes the others.
    signal(postmasterPid, 'SIGSTOP');
    this.#frozen = [postmasterPid, ...(await childrenOf(postmasterPid))];
    for (const pid of this.#frozen) signal(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.#frozen.toReversed()) signal(pid, 'SIGCONT');
    this.#frozen = [];
  }

  /** Idempotent. Ends it and removes its data. */
  async remove(): Promise<void> {
    this.thaw();
    await this.#server.stop();
    await this.disk.remove();
  }

  #watch(): void {
    const server = this.#server;
    this.#ended = false;
    void server.ended.then(() => (this.#ended ||= server === this.#server));
  }
}

function placeIn({ path }: TestDirectory): { dataDir: string; asideDir: string } {
  return { dataDir: join(path, 'postgres'), asideDir: join(path, 'aside') };
}

/** Each of PostgreSQL's processes has a group of its own, so that only their parent tells that they belong together. */
async function childrenOf(parent: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  const processes = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return processes.flatMap(([pid, ppid]) => (ppid === parent && pid !== undefined ? [pid] : []));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
