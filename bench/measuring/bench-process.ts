import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const OUTPUT_LENGTH_MAX = 20_000;
const LAST_WORDS_LENGTH = 1_000;
const START_MS_MAX = 60_000;
const STOP_MS_MAX = 30_000;
const POLL_MS = 20;

/** Ends a child when we die, however that happens. */
const ENDS_WITH_US = ['--import', pathToFileURL(resolve('scripts/end-with-parent.mjs')).href];

export interface ProcessPlan {
  /** The compiled module that it runs. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  /** Answers 200 once it works; one without says `ready` over its channel. */
  readonly healthUrl?: string;
  readonly nodeArgs?: readonly string[];
}

/** A process that is measured: it can be stopped and started again with the same settings. */
export class BenchProcess {
  #child: ChildProcess | undefined;
  #output = '';

  constructor(private readonly plan: ProcessPlan) {}

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The end of what it has printed, for the report of a failure. */
  get lastWords(): string {
    return this.#output.slice(-LAST_WORDS_LENGTH).trim();
  }

  /** Resolves when it works. Rejects with its output when it ends instead, or takes too long. */
  async start(): Promise<void> {
    const { entry, env, nodeArgs = [] } = this.plan;
    const child = fork(entry, {
      env: { ...process.env, NODE_ENV: 'production', ...env },
      execArgv: [...ENDS_WITH_US, ...nodeArgs],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.#output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on(
        'data',
        (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-OUTPUT_LENGTH_MAX)),
      );
    let saidReady = false;
    child.on('message', (message) => (saidReady ||= message === 'ready'));
    const deadline = performance.now() + START_MS_MAX;
    while (!(await this.#works(saidReady))) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${entry} ended:\n${this.#output}`);
      if (performance.now() > deadline) throw new Error(`${entry} does not come up:\n${this.#output}`);
      await new Promise((wake) => setTimeout(wake, POLL_MS));
    }
  }

  /** SIGTERM, and SIGKILL to one that does not listen. Idempotent. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await exit;
    clearTimeout(impatience);
  }

  async #works(saidReady: boolean): Promise<boolean> {
    if (!this.plan.healthUrl) return saidReady;
    return fetch(this.plan.healthUrl).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
