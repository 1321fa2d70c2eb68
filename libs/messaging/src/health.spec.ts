import { HealthSignal } from './health.js';

test('a health signal tells its watchers of changes only, until they stop watching', () => {
  const health = new HealthSignal();
  const seen: string[] = [];
  const unwatch = health.watch((state) => seen.push(state.status));
  health.set({ status: 'up' });
  health.set({ status: 'up' });
  health.set({ status: 'down', reason: 'cut' });
  health.set({ status: 'down', reason: 'cut' });
  health.set({ status: 'down', reason: 'refused' });
  unwatch();
  health.set({ status: 'up' });
  expect(seen).toEqual(['up', 'down', 'down']);
  expect(health.state).toEqual({ status: 'up' });
});

test('what operators should know while it is up is a change of its own', () => {
  const health = new HealthSignal({ status: 'up' });
  const seen: (string | undefined)[] = [];
  health.watch(({ reason }) => seen.push(reason));
  health.set({ status: 'up', reason: 'It runs on the spool.' });
  health.set({ status: 'up', reason: 'It runs on the spool.' });
  health.set({ status: 'up' });
  expect(seen).toEqual(['It runs on the spool.', undefined]);
});
