import type { Type } from '@nestjs/common';

/** Where a peer finds its servers and listens; from its environment. */
export interface Surroundings {
  readonly port: number;
  readonly databaseUrl: string;
  readonly rabbitmqUrl: string;
  readonly redisUrl: string;
}

/** What the bench runs of one peer, each in a process of its own; both resolve when it works. */
export interface Peer {
  gateway(surroundings: Surroundings): Promise<void>;
  /** Absent where the gateway writes by itself. */
  readonly consumer?: (surroundings: Surroundings) => Promise<void>;
}

/** A class, or a module with its settings. */
export type Module = Type | object;

/** The queue of every peer. */
export const QUEUE = 'readings';

/** Of those that take many rows at a time; as many as Sluice's. */
export const BATCH_MAX = 500;
