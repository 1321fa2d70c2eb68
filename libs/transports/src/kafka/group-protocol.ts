import type { Link } from './link.js';

/** As whom a process commits. */
export interface Identity {
  readonly id: string;
  /** The generation or member epoch. */
  readonly epoch: number;
  /** Counts the memberships of this process. */
  readonly term: number;
}

/** How a member and the coordinator agree on lanes. Each method rejects with a `GroupRefusal` where the coordinator refuses. */
export interface GroupProtocol {
  /** As whom it is a member, while it is one. */
  readonly member: { readonly id: string; readonly epoch: number } | undefined;
  /**
   * Says that this member is there and which lanes it still has, and joins where it is no member yet. Resolves with the lanes
   * that it is to have, when the coordinator said so; what it has beyond them it must give back, and then say so here.
   */
  beat(link: Link, held: ReadonlySet<number>): Promise<ReadonlySet<number> | undefined>;
  leave(link: Link): Promise<void>;
  /** The coordinator no longer counts it as a member. */
  forget(): void;
}
