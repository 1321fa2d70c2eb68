import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { until } from '../until.js';
import { SmallDisk } from './small-disk.js';

/** Long, since only a server that does not come up takes it, and machines are busy at times. */
const START_MS_MAX = 600_000;
/** Asking more often would only keep a busy machine from starting it. */
const ASK_MS = 100;
const STOP_MS_MAX = 30_000;
const OUTPUT_LENGTH_MAX = 8_000;

/**
 * Reads which process group lives, an empty line for none, until the end of its input, which the kernel brings when this
 * process dies, even by SIGKILL.
 */
const GUARD = `
while read -r line; do group=$line; done
[ -z "$group" ] || kill -9 "-$group"
[ "$2" = keep ] || { umount -l "$1/data" 2>/dev/null; rm -rf "$1"; }`;

/** What every server of a test's own may be given. */
export interface OwnServerOptions {
  /** Where it lives, which then outlives it; otherwise a new folder that is removed with it. */
  readonly directory?: string;
  /** Puts its data on a disk of that size, which can be filled; needs root. */
  readonly diskMebibytes?: number;
}

/** Whom a server lets in. */
export interface Account {
  readonly username: string;
  readonly password: string;
}

/** Of servers whose tests have no wish. */
export const ACCOUNT: Account = { username: 'sluice', password: 'of-the-tests' };

/** How a server's program is run. */
export interface Launch {
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Where a server lives, made before it starts. */
export interface Home {
  readonly directory: string;
  readonly disk: SmallDisk | undefined;
  /** Whether its folder stays when it is removed. */
  readonly kept: boolean;
}

export async function makeHome(name: string, options: OwnServerOptions, parent = tmpdir()): Promise<Home> {
  const { directory = await mkdtemp(join(parent, `sluice-${name}-`)), diskMebibytes } = options;
  const data = join(directory, 'data');
  await mkdir(data, { recursive: true });
  await chmod(directory, 0o711);
  const disk = diskMebibytes === undefined ? undefined : await SmallDisk.at(data, diskMebibytes);
  return { directory, disk, kept: options.directory !== undefined };
}

/** A server of a test's own, on loopback, that can be broken and does not outlive this process. */
export abstract class OwnServer {
  /** The settings and the log of its program, and its `data`. */
  readonly directory: string;
  /** The small disk of its data, where it was started with one. */
  readonly disk: SmallDisk | undefined;
  readonly #kept: boolean;
  #program: ChildProcess | undefined;
  #guard: ChildProcess | undefined;

  protected constructor({ directory, disk, kept }: Home) {
    this.directory = directory;
    this.disk = disk;
    this.#kept = kept;
  }

  /** What a person calls it. */
  protected abstract readonly title: string;

  /** Writes what its program reads, at every start, and tells how to run that. */
  protected abstract launch(): Promise<Launch>;

  /** Whether it takes requests, not only connections. */
  protected abstract isReady(): Promise<boolean>;

  /** Of its program, which its children belong to; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#program?.pid;
  }

  get data(): string {
    return join(this.directory, 'data');
  }

  /** What its program prints, over all of its starts. */
  get log(): string {
    return join(this.directory, 'log.txt');
  }

  /** Starts it, also after `stop` or `crash` with all that it had stored, and resolves when it takes requests. */
  async start(): Promise<void> {
    const { command, environment = {} } = await this.launch();
    this.#guard ??= this.#startGuard();
    const [program, ...args] = command;
    const log = openSync(this.log, 'a');
    // A process group of its own, so that Ctrl-C reaches only us, and one signal reaches all of it.
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: this.directory,
      env: { PATH: process.env['PATH'] ?? '', HOME: this.directory, LANG: 'C.UTF-8', ...environment },
    });
    closeSync(log);
    this.#program = child;
    // Without its program there is nothing to wait for.
    child.on('error', () => undefined);
    this.#tellGuard(String(child.pid ?? ''));
    const answers = async () => hasEnded(child) || (await this.isReady()) || setTimeout(ASK_MS, false);
    await until(answers, `${this.title} takes requests`, START_MS_MAX).catch(async (cause: unknown) => {
      throw new Error(`${this.title} does not come up:\n${await this.#output()}`, { cause });
    });
    if (hasEnded(child)) throw new Error(`${this.title} ended at its start:\n${await this.#output()}`);
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    this.#program?.kill('SIGTERM');
    const patience = new AbortController();
    const impatience = setTimeout(STOP_MS_MAX, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([ended(this.#program), impatience]);
    patience.abort();
    await this.crash();
  }

  /** Ends its program, and nothing that the kernel holds for it. Idempotent. */
  async crash(): Promise<void> {
    this.#signal('SIGKILL');
    await ended(this.#program);
    this.#program = undefined;
    this.#tellGuard('');
  }

  /** Halts it: its sockets stay open, and nothing answers. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** Has it read again what it reads while it runs. */
  protected hangUp(): void {
    this.#program?.kill('SIGHUP');
  }

  /** Ends it and removes its data, unless they were to be kept. Idempotent. */
  async remove(): Promise<void> {
    await this.crash();
    this.#guard?.kill('SIGKILL');
    await ended(this.#guard);
    this.#guard = undefined;
    await this.disk?.remove();
    if (!this.#kept) await rm(this.directory, { recursive: true, force: true });
  }

  #startGuard(): ChildProcess {
    const args = ['-c', GUARD, 'sh', this.directory, this.#kept ? 'keep' : 'remove'];
    const guard = spawn('/bin/sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    guard.stdin?.on('error', () => undefined);
    return guard;
  }

  #tellGuard(group: string): void {
    this.#guard?.stdin?.write(`${group}\n`);
  }

  /** To the program's whole process group, as far as it is still there. */
  #signal(signal: NodeJS.Signals): void {
    const pid = this.#program?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // Jest's `Error` is another one than the system's.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async #output(): Promise<string> {
    return (await readFile(this.log, 'utf8')).slice(-OUTPUT_LENGTH_MAX);
  }
}

/** Starts what was made, or removes it. */
export async function started<Server extends OwnServer>(server: Server): Promise<Server> {
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.remove();
    throw error;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function ended(child: ChildProcess | undefined): Promise<void> {
  if (child && !hasEnded(child)) await once(child, 'exit');
}
