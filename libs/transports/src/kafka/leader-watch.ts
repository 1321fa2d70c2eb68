import { pause } from '../pause.js';
import type { ClusterView } from './cluster-view.js';
import { reasonOf, type Link } from './link.js';
import { apiVersions } from './protocol.js';

/** Between two questions to one broker. */
const ASK_MS = 1_000;

/**
 * Finds out which leaders of partitions answer nobody: while no majority of the controllers lives, the brokers that are
 * left go on naming leaders that are gone.
 */
export class LeaderWatch {
  readonly #to: (node: number) => Promise<Link>;
  readonly #closing: AbortSignal;
  readonly #asking = new Set<number>();
  readonly #silent = new Map<number, string>();

  constructor(to: (node: number) => Promise<Link>, closing: AbortSignal) {
    this.#to = to;
    this.#closing = closing;
  }

  /** Leaders that do not answer, with the reason. */
  get silent(): ReadonlyMap<number, string> {
    return this.#silent;
  }

  /** Asks those who lead now; what comes of it is told later. */
  look({ topics, brokers }: ClusterView): void {
    const leaders = new Set([...topics.values()].flatMap(({ partitions }) => partitions.map(({ leader }) => leader)));
    for (const node of this.#silent.keys()) if (!leaders.has(node)) this.#silent.delete(node);
    for (const node of leaders) if (brokers.has(node) && !this.#asking.has(node)) void this.#ask(node);
  }

  async #ask(node: number): Promise<void> {
    this.#asking.add(node);
    try {
      const link = await this.#to(node);
      await link.ask(apiVersions, ['sluice', '1']);
      this.#silent.delete(node);
    } catch (error) {
      this.#silent.set(node, reasonOf(error));
    }
    await pause(ASK_MS, this.#closing);
    this.#asking.delete(node);
  }
}
