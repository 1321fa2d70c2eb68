import { type AppProcess, type Random, TcpProxy } from '#testing';
import { pass } from '../faults/length.js';
import { TRANSPORT } from '../product/transport-under-test.js';
import type { Site } from './site.js';
import { GATEWAYS, PERSISTENCES } from './size.js';
import { keepStarting } from './supervisor.js';

/** Ends a fault that has begun. */
export type Mend = () => Promise<void>;

/** What may happen to one part of a site. */
export interface Fault {
  /** Each kind is chosen as often as any other, however many faults there are of it. */
  readonly kind: 'gateway' | 'persistence' | 'database' | 'broker' | 'way' | 'disk';
  /** As a reader calls it, with its target. */
  readonly name: string;
  /** What it takes: faults that share a part are not begun together. */
  readonly parts: readonly string[];
  begin(site: Site, random: Random): Promise<Mend>;
}

const SLOW_MS = { min: 20, max: 400 } as const;
const SLOW_BYTES_PER_SECOND = { min: 4_000, max: 64_000 } as const;
const CUTS = { max: 5, apartMs: 400 } as const;
const ALARM_WATERMARK = '0.00001';
const CALM_WATERMARK = ['absolute', '2GB'] as const;

const processPart = (kind: Kind, index: number) => `${kind} ${index}`;
type Kind = 'gateway' | 'persistence';

/** Everything that may happen on the transport under test with these settings, known before there is a site. */
export function faultSet(env: Readonly<Record<string, string>> = {}): readonly Fault[] {
  const apart = TRANSPORT !== 'in-process';
  return [
    ...databaseFaults(),
    ...times(GATEWAYS).flatMap((index) => processFaults('gateway', index)),
    ...(apart ? times(PERSISTENCES).flatMap((index) => processFaults('persistence', index)) : []),
    rolling('gateway', GATEWAYS),
    ...(apart ? [rolling('persistence', PERSISTENCES), scaledTo(1), scaledTo(2)] : []),
    ...wayNames().flatMap(wayFaults),
    ...(TRANSPORT === 'rabbitmq' ? brokerFaults() : []),
    ...(TRANSPORT !== 'rabbitmq' || env['SPOOL'] === 'failover' ? [diskFull] : []),
  ];
}

function wayNames(): string[] {
  const toDatabase = 'persistences to database';
  if (TRANSPORT === 'tcp')
    return [toDatabase, ...times(PERSISTENCES).map((index) => `gateways to persistence ${index}`)];
  return TRANSPORT === 'rabbitmq' ? [toDatabase, 'gateways to broker', 'persistences to broker'] : [toDatabase];
}

function processFaults(kind: Kind, index: number): Fault[] {
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

function rolling(kind: Kind, count: number): Fault {
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

function scaledTo(count: number): Fault {
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

function databaseFaults(): Fault[] {
  const parts = ['database'];
  return [
    {
      kind: 'database',
      name: 'database is killed',
      parts,
      begin: async ({ database }) => {
        await database.crash();
        return () => database.start();
      },
    },
    {
      kind: 'database',
      name: 'database is stopped',
      parts,
      begin: async ({ database }) => {
        await database.stop();
        return () => database.start();
      },
    },
    {
      kind: 'database',
      name: 'database stands still',
      parts,
      begin: async ({ database }) => {
        await database.freeze();
        return async () => database.thaw();
      },
    },
  ];
}

function brokerFaults(): Fault[] {
  const fault = (what: string, begin: (broker: NonNullable<Site['broker']>) => Promise<Mend>): Fault => ({
    kind: 'broker',
    name: `broker ${what}`,
    parts: ['broker'],
    begin: ({ broker }) => (broker ? begin(broker) : Promise.reject(new Error('This site has no broker.'))),
  });
  return [
    fault('is killed', async (broker) => {
      await broker.crash();
      return () => broker.start();
    }),
    fault('is stopped', async (broker) => {
      await broker.stop();
      return () => broker.start();
    }),
    fault('stands still', async (broker) => {
      broker.freeze();
      return async () => broker.thaw();
    }),
    fault('runs out of memory', async (broker) => {
      await broker.ctl('set_vm_memory_high_watermark', ALARM_WATERMARK);
      return async () => {
        await broker.ctl('set_vm_memory_high_watermark', ...CALM_WATERMARK);
      };
    }),
  ];
}

function wayFaults(name: string): Fault[] {
  const fault = (what: string, begin: (way: TcpProxy, random: Random) => Promise<Mend>): Fault => ({
    kind: 'way',
    name: `way from ${name} ${what}`,
    parts: [`way from ${name}`],
    begin: ({ ways }, random) => begin(ways[name]!, random),
  });
  return [
    fault('is cut', async (way, random) => {
      const cutting = cutOften(way, random.integer(1, CUTS.max));
      return () => cutting;
    }),
    fault('is closed', async (way) => {
      await way.refuse();
      return () => way.restore();
    }),
    fault('is silent', async (way) => {
      way.freeze();
      return async () => way.thaw();
    }),
    fault('is silent, and ends where it goes on', async (way) => {
      way.freeze();
      return async () => {
        way.cut();
        way.thaw();
      };
    }),
    fault('is late', async (way, random) => {
      way.delay(random.integer(SLOW_MS.min, SLOW_MS.max));
      return async () => way.delay(0);
    }),
    fault('is narrow', async (way, random) => {
      way.throttle(random.integer(SLOW_BYTES_PER_SECOND.min, SLOW_BYTES_PER_SECOND.max));
      return async () => way.throttle(Infinity);
    }),
  ];
}

async function cutOften(way: TcpProxy, times: number): Promise<void> {
  for (let cut = 0; cut < times; cut++) {
    way.cut();
    await pass(CUTS.apartMs);
  }
}

const diskFull: Fault = {
  kind: 'disk',
  name: 'disk is full',
  parts: ['disk'],
  begin: async ({ disk }) => {
    if (!disk.mounted) return async () => undefined;
    await disk.fill();
    return () => disk.empty();
  },
};

function processesOf(site: Site, kind: Kind): readonly AppProcess[] {
  return kind === 'gateway' ? site.gateways : site.persistences;
}

function times(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
