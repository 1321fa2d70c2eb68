import type { AppProcess, Random } from '#testing';
import type { Fault } from './fault.js';
import { setClock } from './clock-control.js';
import { pass } from '../faults/length.js';
import type { Site } from './site.js';
import { times } from './size.js';
import { keepStarting } from './supervisor.js';

type Kind = 'gateway' | 'persistence';

/** Far enough that everything with a limit of time is touched, and not beyond what the ledger remembers. */
const JUMP_MS = { min: 1_000, max: 3_600_000 } as const;
const HAND_OVERS = { max: 3, apartMs: 300 } as const;

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

/** The wall clock of one process is wrong, and then right again: two jumps, one of them back. */
export function clockJump(kind: Kind, index: number): Fault {
  return {
    kind: 'clock',
    name: `clock of ${kind} ${index} jumps`,
    parts: [processPart(kind, index)],
    begin: async (site, random) => {
      const process = processesOf(site, kind)[index]!;
      await setClock(process, jumpOf(random));
      return () => setClock(process, 0);
    },
  };
}

/** In milliseconds, to either side; each order of magnitude as often as the next. */
function jumpOf(random: Random): number {
  const size = JUMP_MS.min * (JUMP_MS.max / JUMP_MS.min) ** random.next();
  return Math.round(random.next() < 0.5 ? -size : size);
}

/** Its lanes go to the others and come back, several times in a row. */
export function handOver(index: number): Fault {
  return {
    kind: 'persistence',
    name: `persistence ${index} hands its lanes over and takes them again`,
    parts: [processPart('persistence', index)],
    begin: async (site, random) => {
      const handed = handOverOften(site.persistences[index]!, random.integer(1, HAND_OVERS.max));
      handed.catch(() => undefined);
      return () => handed;
    },
  };
}

async function handOverOften(process: AppProcess, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    await process.stop();
    await keepStarting(process);
    await pass(HAND_OVERS.apartMs);
  }
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
export function scaledTo(kind: Kind, count: number, all: number): Fault {
  return {
    kind,
    name: `${kind} is scaled to ${count} and back to ${all}`,
    parts: times(all).map((index) => processPart(kind, index)),
    begin: async (site, random) => {
      const leaving = random.shuffle(processesOf(site, kind)).slice(count);
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
