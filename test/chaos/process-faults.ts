import type { AppProcess } from '#testing';
import type { Fault } from './fault.js';
import type { Site } from './site.js';
import { PERSISTENCES, times } from './size.js';
import { keepStarting } from './supervisor.js';

type Kind = 'gateway' | 'persistence';

const processPart = (kind: Kind, index: number) => `${kind} ${index}`;

/** What happens to one process. */
export function processFaults(kind: Kind, index: number): Fault[] {
  const parts = [processPart(kind, index)];
  const target = (site: Site) => processesOf(site, kind)[index]!;
  return [
    {
      kind,
      name: `${kind} ${index} is killed`,
      parts,
      begin: async (site) => {
        await target(site).kill();
        return () => keepStarting(target(site));
      },
    },
    {
      kind,
      name: `${kind} ${index} stands still`,
      parts,
      begin: async (site) => {
        target(site).freeze();
        return async () => target(site).thaw();
      },
    },
  ];
}

/** What every deployment of a new version does. */
export function rolling(kind: Kind, count: number): Fault {
  return {
    kind,
    name: `each ${kind} is restarted in turn`,
    parts: times(count).map((index) => processPart(kind, index)),
    begin: async (site) => {
      const restarted = restartInTurn(processesOf(site, kind));
      restarted.catch(() => undefined);
      return () => restarted;
    },
  };
}

async function restartInTurn(processes: readonly AppProcess[]): Promise<void> {
  for (const process of processes) {
    await process.stop();
    await keepStarting(process);
  }
}

/** Chance decides which processes leave. */
export function scaledTo(count: number): Fault {
  return {
    kind: 'persistence',
    name: `persistence is scaled to ${count} and back to ${PERSISTENCES}`,
    parts: times(PERSISTENCES).map((index) => processPart('persistence', index)),
    begin: async (site, random) => {
      const leaving = random.shuffle(site.persistences).slice(count);
      const left = Promise.all(leaving.map((process) => process.stop()));
      left.catch(() => undefined);
      return async () => {
        await left;
        await Promise.all(leaving.map(keepStarting));
      };
    },
  };
}

function processesOf(site: Site, kind: Kind): readonly AppProcess[] {
  return kind === 'gateway' ? site.gateways : site.persistences;
}
