import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../network/free-port.js';

const OUTPUT_CHARS_MAX = 20_000;
/** The last line of a Node that an exception has ended. */
const UNCAUGHT = /^Node\.js v\d/m;
/** By which an operating system ends a program that has done what it must not. */
const FATAL: ReadonlySet<NodeJS.Signals | null> = new Set([
  'SIGABRT',
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
] as const);

/** An app as a user runs it, in a process of its own that can be killed and started again on the same port and data. */
export class AppProcess {
  #child: ChildProcess | undefined;
  #said = { text: '' };
  readonly #crashes: string[] = [];

  private constructor(
    private readonly entry: string,
    private readonly env: Record<string, string>,
    readonly url: string,
  ) {}

  /**
   * `entry` is the path of a compiled module that answers `/health/live` on the port that `portSetting` names:
   * `PERSISTENCE_PORT` for persistence alone.
   */
  static async prepare(entry: string, env: Record<string, string>, portSetting = 'PORT'): Promise<AppProcess> {
    const port = await freePort();
    return new AppProcess(entry, { ...env, [portSetting]: String(port) }, `http://127.0.0.1:${port}`);
  }

  /** Resolves when it answers. Rejects with its output when it ends instead. */
  async start(): Promise<void> {
    const child = fork(this.entry, { env: { ...process.env, ...this.env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.#child = child;
    // Of this start alone: what it says last may come when another has been started.
    const said = (this.#said = { text: '' });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (said.text = (said.text + chunk.toString()).slice(-OUTPUT_CHARS_MAX)));
    }
    child.once('close', (_code, signal) => {
      if (FATAL.has(signal) || UNCAUGHT.test(said.text)) this.#crashes.push(said.text);
    });
    while (!(await this.#answers())) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`It ended at its start:\n${said.text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get output(): string {
    return this.#said.text;
  }

  /** What it said last, of each time that it ended by a fault of its own and not by a signal or in order. */
  get crashes(): readonly string[] {
    return this.#crashes;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** SIGKILL: nothing is flushed, nothing is said. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM, as a supervisor would; resolves to the exit code. */
  async stop(): Promise<number | null> {
    await this.#end('SIGTERM');
    return this.#child?.exitCode ?? null;
  }

  /** SIGSTOP: its sockets stay open, and nothing answers. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  /** SIGCONT: it goes on where it was, and does not know for how long it stood still. */
  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Sends a message over the channel that it was forked with, and resolves to its next one, or to undefined if it ends first. */
  async ask(message: object): Promise<unknown> {
    const child = this.#child;
    if (!this.running || !child?.connected) return undefined;
    const ended = new AbortController();
    const onExit = () => ended.abort();
    child.once('exit', onExit);
    try {
      const answer = once(child, 'message', { signal: ended.signal });
      child.send(message, () => undefined);
      return ((await answer) as unknown[])[0];
    } catch (error) {
      if (ended.signal.aborted) return undefined;
      throw error;
    } finally {
      child.off('exit', onExit);
    }
  }

  /** Resolves when the process has ended by itself. */
  async ended(): Promise<void> {
    if (this.running && this.#child) await once(this.#child, 'exit');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.running || !this.#child) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exit;
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health/live`)).ok;
    } catch {
      return false;
    }
  }
}
