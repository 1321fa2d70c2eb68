import { cpuSecondsOf, mainThreadSecondsOf } from '../measuring/process-table.js';
import type { Stage } from './scenario.js';

/** CPU figures are told for that many commands. */
const PER_COMMANDS = 10_000;

/**
 * Starts counting CPU; the function that it returns gives the seconds per 10,000 commands of each part, of the whole system,
 * which the load is no part of, and of the main threads of both processes.
 */
export function countUsage({ running, ground, load }: Stage): (commands: number) => Record<string, number> {
  const { gateway, consumer, system } = running;
  const server = system.needs && ground.servers.get(system.needs);
  const look = () => ({
    gatewayCpu: cpuSecondsOf(gateway.pid),
    consumerCpu: consumer ? cpuSecondsOf(consumer.pid) : 0,
    queueCpu: server ? cpuSecondsOf(server.pid) : 0,
    databaseCpu: cpuSecondsOf(ground.postgres.pid),
    loadCpu: cpuSecondsOf(load.pid),
    gatewayMainCpu: mainThreadSecondsOf(gateway.pid),
    consumerMainCpu: mainThreadSecondsOf(consumer?.pid),
  });
  const before = look();
  return (commands) => {
    const after = look();
    const names = Object.keys(before) as (keyof typeof before)[];
    const used = Object.fromEntries(
      names.map((name) => [name, ((after[name] - before[name]) * PER_COMMANDS) / commands]),
    ) as typeof before;
    const systemCpu = used.gatewayCpu + used.consumerCpu + used.queueCpu + used.databaseCpu;
    return { ...used, systemCpu };
  };
}
