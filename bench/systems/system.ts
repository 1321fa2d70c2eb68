import type { BenchProcess, ProcessPlan } from '../measuring/bench-process.js';
import type { BenchBroker } from '../servers/broker.js';
import type { BenchPostgres } from '../servers/postgres.js';
import type { RedisServer } from '../servers/redis.js';

/** What all systems of a run share. A server is there when one of its systems needs it. */
export interface Ground {
  readonly directory: string;
  readonly postgres: BenchPostgres;
  readonly broker: BenchBroker | undefined;
  readonly redis: RedisServer | undefined;
  readonly profileDir: string | undefined;
}

/** The processes of a system, planned for one round. */
export interface Plans {
  /** Where the load goes. */
  readonly url: string;
  readonly gateway: ProcessPlan;
  /** Absent where the gateway's process is all there is. */
  readonly consumer: ProcessPlan | undefined;
}

/** Something that takes commands over HTTP and writes them into a table. */
export interface System {
  readonly name: string;
  readonly needs: 'broker' | 'redis' | undefined;
  /** `sluice` makes its own tables; a `peer` finds them made. */
  readonly kind: 'sluice' | 'reference' | 'peer';
  /** What stops the writing while the gateway goes on: its own process, the database's end, or nothing, since it has no queue. */
  readonly pausedBy: 'consumer' | 'database' | 'nothing';
  /** A thousand rows a second or so, so that a smaller backlog tells its rate as well. */
  readonly slow: boolean;
  plan(ground: Ground): Promise<Plans>;
}

/** A system under measurement. */
export interface RunningSystem {
  readonly system: System;
  readonly url: string;
  readonly databaseUrl: string;
  readonly gateway: BenchProcess;
  readonly consumer: BenchProcess | undefined;
}
