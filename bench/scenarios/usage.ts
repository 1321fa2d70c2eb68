import { cpuSecondsOf } from '../measuring/process-table.js';
import type { Stage } from './scenario.js';

/** CPU figures are told for that many commands. */
const PER_COMMANDS = 10_000;

/** Starts counting CPU; the function that it returns gives the seconds per 10,000 commands of each part, and of all. */
export function countUsage({ running, ground }: Stage): (commands: number) => Record<string, number> {
  const look = () => ({
    gateway: cpuSecondsOf(running.gateway.pid),
    consumer: running.consumer ? cpuSecondsOf(running.consumer.pid) : 0,
    queue: queueSeconds({ running, ground }),
    database: cpuSecondsOf(ground.postgres.pid),
  });
  const before = look();
  return (commands) => {
    const after = look();
    const per = (name: keyof typeof before) => ((after[name] - before[name]) * PER_COMMANDS) / commands;
    const [gateway, consumer, queue, database] = [per('gateway'), per('consumer'), per('queue'), per('database')];
    return {
      gatewayCpu: gateway,
      consumerCpu: consumer,
      queueCpu: queue,
      databaseCpu: database,
      systemCpu: gateway + consumer + queue + database,
    };
  };
}

function queueSeconds({ running, ground }: Pick<Stage, 'running' | 'ground'>): number {
  const { needs } = running.system;
  if (needs === undefined) return 0;
  return cpuSecondsOf(needs === 'broker' ? ground.broker?.pid : ground.redis?.pid);
}
