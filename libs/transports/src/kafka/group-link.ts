import type { Cluster } from './cluster.js';
import type { Link } from './link.js';
import { ErrorCode, errorName, findCoordinator, GROUP_KEY } from './protocol.js';

/** A connection to the broker that coordinates the group, wherever it moves to. */
export class GroupLink {
  readonly #cluster: Cluster;
  readonly #group: string;
  readonly #purpose: string;
  #link: Link | undefined;
  #dialing: Promise<Link> | undefined;

  constructor(cluster: Cluster, group: string, purpose: string) {
    this.#cluster = cluster;
    this.#group = group;
    this.#purpose = purpose;
  }

  /** Connects, if it is not. Rejects where the coordinator is not known, or not reached. The signal breaks the connection. */
  async reach(signal: AbortSignal): Promise<Link> {
    if (this.#link && !this.#link.isLost) return this.#link;
    this.#dialing ??= this.#dial(signal).finally(() => (this.#dialing = undefined));
    return this.#dialing;
  }

  /** The coordinator is elsewhere, or does not answer. */
  suspect(reason = 'it does not answer'): void {
    this.#link?.cut(reason);
    this.#link = undefined;
  }

  async #dial(signal: AbortSignal): Promise<Link> {
    const { coordinators } = await this.#cluster.any().ask(findCoordinator, [GROUP_KEY, [this.#group]]);
    const [found] = coordinators;
    if (!found || found.errorCode !== ErrorCode.none) {
      throw new GroupRefusal(found?.errorCode ?? ErrorCode.coordinatorNotAvailable);
    }
    return (this.#link = await this.#cluster.dial(found.nodeId, this.#purpose, signal));
  }
}

/** What the coordinator, or who knows it, answers instead. */
export class GroupRefusal extends Error {
  readonly code: number;

  constructor(code: number) {
    super(errorName(code));
    this.code = code;
  }
}
