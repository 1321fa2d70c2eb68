import { caughtUp, dueAt, rateBehind, ratePerSecond } from './transactions.js';

const each = (everyMs: number, rows: number, count: number, fromMs = 0) =>
  Array.from({ length: count }, (_, index) => ({ atMs: fromMs + index * everyMs, rows }));

it('a rate does not count the rows of the commit with which its time begins', () => {
  expect(ratePerSecond(each(100, 50, 11))).toBe(500);
  expect(ratePerSecond([{ atMs: 5, rows: 50 }])).toBeNaN();
});

it('a rate behind some rows sees only the time and the rows behind them', () => {
  const slowThenFast = [...each(100, 10, 10), ...each(10, 10, 100, 910)];
  expect(rateBehind(slowThenFast, 100, 200)).toBe(1_000);
  expect(rateBehind(slowThenFast, 0, 90)).toBeCloseTo(100, -1);
});

it('a rate over more rows than there are ends with the last one', () => {
  expect(rateBehind(each(10, 10, 11), 10, 1_000)).toBe(1_000);
  expect(rateBehind(each(10, 10, 11), 1_000, 10)).toBeNaN();
});

it('a constant load has its first command due at once, and none behind its last', () => {
  const load = { beganMs: 1_000, perSecond: 500, commands: 10 };
  expect([999, 1_000, 1_002, 60_000].map((at) => dueAt(load, at))).toEqual([0, 1, 2, 10]);
});

it('a backlog is gone with the commit behind which no more waits than the slack', () => {
  const load = { beganMs: 0, perSecond: 100, commands: 300 };
  // Away until 1,000; then 60 rows each 100 ms against the 10 that become due.
  const commits = each(100, 60, 5, 1_000);
  expect(caughtUp(commits, load, 1_000, 0)).toEqual({ atMs: 1_100, rows: 120 });
  expect(caughtUp(commits, load, 1_000, 50)).toEqual({ atMs: 1_000, rows: 60 });
});

it('rows from before an outage do not count as caught up, and a backlog that stays is not gone', () => {
  const load = { beganMs: 0, perSecond: 100, commands: 300 };
  const commits = [{ atMs: 0, rows: 1 }, ...each(100, 55, 2, 1_000)];
  expect(caughtUp(commits, load, 1_000, 0)).toEqual({ atMs: 1_100, rows: 110 });
  expect(caughtUp(each(100, 1, 5, 1_000), load, 1_000, 10)).toBeUndefined();
});
