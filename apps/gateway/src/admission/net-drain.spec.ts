import { NetDrain } from './net-drain.js';

const START = 100_000;

/** Looks at the backlog once a second for `seconds`, and each second so much comes and goes. */
function watched(seconds: number, changes: readonly number[], drain = new NetDrain(0), from = 0, level = START) {
  let waiting = level;
  drain.note(waiting, from);
  for (let second = 1; second <= seconds; second++) {
    waiting += changes.reduce((sum, change) => sum + change, 0);
    drain.note(waiting, from + second * 1_000);
  }
  return { drain, waiting, nowMs: from + seconds * 1_000 };
}

/** How far off in relation: a look once a second sees what happened as if at its end, which is a twentieth. */
function offBy(rate: number, expected: number): number {
  return Math.abs(rate / expected - 1);
}

test('what several instances take adds up, and what several gateways add is taken off', () => {
  const { drain, nowMs } = watched(30, [-100, -150, -50, +60, +40]);
  expect(offBy(drain.perSecond(nowMs), 200)).toBeLessThan(0.1);
});

test('a backlog that was long before the first look has not come in since', () => {
  const { drain, nowMs } = watched(3, [-10]);
  expect(offBy(drain.perSecond(nowMs), 10)).toBeLessThan(0.1);
});

test('an instance that falls silent fades, and the rest is what is left', () => {
  const before = watched(30, [-100, -300]);
  const after = watched(60, [-100], before.drain, before.nowMs, before.waiting);
  expect(offBy(after.drain.perSecond(after.nowMs), 100)).toBeLessThan(0.1);
});

test('while nothing drains it is about 0, and below while the backlog grows', () => {
  const before = watched(30, [-100]);
  const stalled = watched(60, [0], before.drain, before.nowMs, before.waiting);
  expect(Math.abs(stalled.drain.perSecond(stalled.nowMs))).toBeLessThan(1);
  expect(watched(10, [+5]).drain.perSecond(10_000)).toBeLessThan(0);
});
