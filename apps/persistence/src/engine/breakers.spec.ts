import { InstallationRefused } from '../database/installation.js';
import { Breaker } from './breaker.js';
import { ContractBreakers } from './contract-breakers.js';
import { TimeoutStreak } from './timeout-streak.js';

const never = new AbortController().signal;
const stand = async () => undefined;

test('a tripped breaker probes until a probe is green, and then everybody goes on', async () => {
  let probes = 0;
  const changes: boolean[] = [];
  const breaker = new Breaker({
    stand,
    probe: async () => {
      if (++probes < 4) throw new Error('Still away.');
    },
    probeMs: 1,
    probeMsMax: 2,
  });
  breaker.watch((open) => changes.push(open));
  await breaker.untilClosed(never);
  breaker.trip();
  breaker.trip();
  await Promise.all([breaker.untilClosed(never), breaker.untilClosed(never)]);
  expect(probes).toBe(4);
  expect(changes).toEqual([true, false]);
});

test('who waits at an open breaker is let go by its signal, and by a stop', async () => {
  const breaker = new Breaker({ stand, probe: () => Promise.reject(new Error('Away.')), probeMs: 1 });
  breaker.trip();
  const abort = new AbortController();
  const waiting = breaker.untilClosed(abort.signal);
  abort.abort(new Error('The lane is lost.'));
  await expect(waiting).rejects.toThrow('The lane is lost.');
  const other = breaker.untilClosed(never);
  breaker.stop();
  await expect(other).rejects.toThrow('stopped');
});

test('an installation that refuses is not probed again', async () => {
  let probes = 0;
  const probe = async () => {
    probes++;
    throw new InstallationRefused('Set LANES=16.');
  };
  const breaker = new Breaker({ stand, probe, probeMs: 1 });
  breaker.trip();
  await expect(breaker.untilClosed(never)).rejects.toThrow('LANES');
  await expect(breaker.untilClosed(never)).rejects.toThrow('LANES');
  expect(probes).toBe(1);
});

test('an unavailable contract is left alone for longer each time, at most for 30 s, until it works', () => {
  const breakers = new ContractBreakers();
  const delays: number[] = [];
  let nowMs = 0;
  for (let failure = 0; failure < 7; failure++) {
    const untilMs = breakers.unavailable('a.b.v1', nowMs);
    expect(breakers.openUntil('a.b.v1', nowMs)).toBe(untilMs);
    delays.push(untilMs - nowMs);
    nowMs = untilMs;
  }
  expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(breakers.openUntil('a.b.v1', nowMs)).toBeUndefined();
  breakers.available('a.b.v1');
  expect(breakers.unavailable('a.b.v1', nowMs) - nowMs).toBe(1_000);
});

test('three different commands in a row that time out are a streak; the same one thrice is not', () => {
  const streak = new TimeoutStreak();
  const add = (id: string) => streak.add(id, { sqlState: undefined });
  expect(['a', 'a', 'a', 'b'].map(add)).toEqual([false, false, false, false]);
  expect(add('c')).toBe(true);
  expect(['d', 'e'].map(add)).toEqual([false, false]);
  streak.break();
  expect(add('f')).toBe(false);
});

test('a statement that the server stopped gives its command one more run, each time that it is judged', () => {
  const streak = new TimeoutStreak();
  const stopped = { sqlState: '57014' };
  expect([1, 2, 3, 4].map(() => streak.add('a', stopped))).toEqual([true, false, true, false]);
});

test('the database is proven steady only while it stands and nobody finds it away', async () => {
  let standing: () => Promise<void> = async () => undefined;
  const breaker = new Breaker({ probe: async () => undefined, stand: () => standing() });
  let opened = 0;
  breaker.watch((open) => (opened += Number(open)));
  expect(await breaker.proveSteady(1, never)).toBe(true);
  standing = () => Promise.reject(new Error('Cut.'));
  expect(await breaker.proveSteady(1, never)).toBe(false);
  expect(opened).toBe(1);
  standing = async () => breaker.trip();
  expect(await breaker.proveSteady(1, never)).toBe(false);
});
