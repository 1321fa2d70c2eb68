import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadPlan, LoadResult } from './plan.js';

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

  /** Rejects when a connection breaks, or an answer is not 202: then nothing that follows can be counted. */
  async apply(plan: LoadPlan): Promise<LoadResult> {
    this.child.send(plan);
    const [answer] = (await Promise.race([once(this.child, 'message'), this.#ended])) as [Answer];
    if (!answer.result) throw new Error(`The load on ${plan.url} failed: ${answer.error}`);
    const { refused } = answer.result;
    if (refused > 0) throw new Error(`${plan.url} refused ${refused} of ${plan.requests} commands.`);
    return answer.result;
  }

  stop(): void {
    this.child.disconnect();
  }
}
