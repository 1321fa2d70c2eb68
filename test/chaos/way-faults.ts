import type { Random, TcpProxy } from '#testing';
import { pass } from '../faults/length.js';
import type { Fault, Mend } from './fault.js';

const SLOW_MS = { min: 20, max: 400 } as const;
const SLOW_BYTES_PER_SECOND = { min: 4_000, max: 64_000 } as const;
const CUTS = { max: 5, apartMs: 400 } as const;

/** What happens to the connections that go one way. */
export function wayFaults(name: string): Fault[] {
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
    fault('answers nothing', async (way) => {
      way.silence('back');
      return async () => way.thaw();
    }),
    fault('is half open: who dialed is gone', async (way) => {
      way.halve('client');
      return async () => way.forsake();
    }),
    fault('is half open: who was dialed is gone', async (way) => {
      way.halve('server');
      return async () => way.forsake();
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
