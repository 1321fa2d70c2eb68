import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { within } from '#testing';
import type { LoadPlan, LoadResult } from './plan.js';

/** Slower than that a system does not answer any more, with time for a short load to begin. */
const PER_SECOND_MIN = 100;
const PATIENCE_MS = 60_000;
const SECOND_MS = 1_000;

interface Answer {
  readonly result?: LoadResult;
  readonly error?: string;
}

/** The process that plays all clients; the same for every system. */
export class Load {
  readonly #ended: Promise<[Answer]>;

  private constructor(private readonly child: ChildProcess) {
    this.#ended = once(child, 'exit').then(() => [{ error: 'its process ended' }]);
  }

  static async start(): Promise<Load> {
    const child = fork(fileURLToPath(import.meta.resolve('./load-process.js')));
    await once(child, 'message');
    return new Load(child);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Rejects when a connection breaks, an answer is not 202 or none comes: then nothing that follows can be counted. */
  async apply(plan: LoadPlan): Promise<LoadResult> {
    this.child.send(plan);
    const patienceMs = PATIENCE_MS + (plan.commands * SECOND_MS) / PER_SECOND_MIN;
    const answering = Promise.race([once(this.child, 'message'), this.#ended]) as Promise<[Answer]>;
    const [answer] = await within(answering, `the load on ${plan.url} is answered`, patienceMs);
    if (!answer.result) throw new Error(`The load on ${plan.url} failed: ${answer.error}`);
    const { refused, refusals } = answer.result;
    const told = Object.entries(refusals).map(([status, commands]) => `${commands} with ${status}`);
    if (refused > 0) throw new Error(`${plan.url} refused ${told.join(', ')} of ${plan.commands} commands.`);
    return answer.result;
  }

  /** Whatever it is doing. */
  stop(): void {
    this.child.kill('SIGKILL');
  }
}
