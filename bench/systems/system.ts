import type { BenchProcess, ProcessPlan } from '../measuring/bench-process.js';
import type { ServerName } from '../servers/index.js';
import type { BenchPostgres } from '../servers/postgres.js';
import type { BenchServer } from '../servers/server.js';

/** What all systems of a run share. A server is there when one of its systems needs it. */
export interface Ground {
  readonly directory: string;
  readonly postgres: BenchPostgres;
  readonly servers: ReadonlyMap<ServerName, BenchServer>;
  readonly profileDir: string | undefined;
  /** The most commands that are to wait at a time. */
  readonly waitingMax: number;
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
  readonly needs: ServerName | undefined;
  /** `sluice` makes its own tables; a `peer` finds them made. Only the others take many commands in a request. */
  readonly kind: 'sluice' | 'reference' | 'peer';
  /** What stops the writing while the gateway goes on: its own process, the database's end, or nothing, since it has no queue. */
  readonly pausedBy: 'consumer' | 'database' | 'nothing';
  /** A thousand rows a second or so, so that a smaller backlog tells its rate as well. */
  readonly slow: boolean;
  /** Only measured where it is asked for by its name. */
  readonly onRequest?: boolean;
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

/** Where that system's server is for it; empty where it needs none. */
export async function serverUrlOf(system: Pick<System, 'name' | 'needs'>, { servers }: Ground): Promise<string> {
  const server = system.needs && servers.get(system.needs);
  return (await server?.urlOf(system.name)) ?? '';
}

/** What a process is started with so that a run under `--profile` finds what it did. */
export function profiledBy({ profileDir }: Ground, system: string, role: 'gateway' | 'consumer'): string[] {
  return profileDir ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}/${system}/${role}`] : [];
}
