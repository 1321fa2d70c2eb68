import type { LoadResult } from '../load/plan.js';
import type { Stage } from './scenario.js';

/** Requests under way at a time in a closed loop. */
const CONNECTIONS = 64;
/** At a constant rate: enough that a request is never late for want of one. */
const CONNECTIONS_OPEN = 256;
/** Of those that only fill: a request of them holds many commands. */
const CONNECTIONS_FILLING = 2;
const PER_REQUEST = 500;

/** Commands one by one, as fast as they are answered. */
export function flood({ load, running }: Stage, commands: number): Promise<LoadResult> {
  return load.apply({ url: running.url, connections: CONNECTIONS, commands });
}

/** Commands at a constant rate. */
export function flow({ load, running }: Stage, perSecond: number, commands: number): Promise<LoadResult> {
  return load.apply({ url: running.url, connections: CONNECTIONS_OPEN, perSecond, commands });
}

/** As many commands as fast as it goes, many in a request where the system takes that; nothing is measured of it. */
export async function fill(stage: Stage, commands: number): Promise<void> {
  if (commands === 0) return;
  const { load, running } = stage;
  if (running.system.kind === 'peer') await flood(stage, commands);
  else {
    const url = `${running.url}/batch`;
    await load.apply({ url, connections: CONNECTIONS_FILLING, commands, perRequest: PER_REQUEST });
  }
}

/** From here on nothing is written, while commands are still taken. */
export async function pause({ running, ground }: Stage): Promise<void> {
  if (running.system.pausedBy === 'consumer') await running.consumer?.stop();
  if (running.system.pausedBy === 'database') await ground.postgres.kill();
}

export async function resume({ running, ground }: Stage): Promise<void> {
  if (running.system.pausedBy === 'consumer') await running.consumer?.start();
  if (running.system.pausedBy === 'database') await ground.postgres.restart();
}
