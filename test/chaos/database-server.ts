import { startEmbeddedPostgres, type EmbeddedPostgres } from '#embedded';
import { createTestDirectory, type TestDirectory } from '#testing';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A PostgreSQL of the campaign's own, which keeps its port and its data whatever happens to it. */
export class DatabaseServer {
  readonly #directory: TestDirectory;
  #server: EmbeddedPostgres;
  /** Those that stand still. */
  #frozen: number[] = [];

  private constructor(directory: TestDirectory, server: EmbeddedPostgres) {
    this.#directory = directory;
    this.#server = server;
  }

  static async start(): Promise<DatabaseServer> {
    const directory = await createTestDirectory();
    return new DatabaseServer(directory, await startEmbeddedPostgres(placeIn(directory)));
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
    this.#server = await startEmbeddedPostgres({ ...placeIn(this.#directory), port: Number(new URL(this.url).port) });
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
    await this.#directory.remove();
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
