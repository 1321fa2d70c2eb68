import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/** The product as a user runs it, in a process of its own that a test can kill and start again on the same port and data. */
export class SluiceProcess {
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(
    private readonly entry: string,
    private readonly env: Record<string, string>,
    readonly url: string,
  ) {}

  /** `entry` is a compiled module; the standalone app's main by default. */
  static async prepare(env: Record<string, string>, entry?: string): Promise<SluiceProcess> {
    const port = await freePort();
    const main = entry ?? fileURLToPath(import.meta.resolve('#standalone').replace(/index\.js$/, 'main.js'));
    return new SluiceProcess(main, { ...env, PORT: String(port) }, `http://127.0.0.1:${port}`);
  }

  /** Resolves when it answers. Rejects with its output when it ends instead. */
  async start(): Promise<void> {
    const child = fork(this.entry, { env: { ...process.env, ...this.env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.#child = child;
    this.#output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-20_000)));
    }
    while (!(await this.#answers())) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`It ended at its start:\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get output(): string {
    return this.#output;
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

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('The probe has no port.');
  return address.port;
}
