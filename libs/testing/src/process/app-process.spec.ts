import { fileURLToPath } from 'node:url';
import { until } from '../until.js';
import { AppProcess } from './app-process.js';

const APP = fileURLToPath(import.meta.resolve('./crashing-app.fixture.js'));

let app: AppProcess;

beforeEach(async () => {
  app = await AppProcess.prepare(APP, {});
  await app.start();
});

afterEach(() => app.kill());

test('an exception that nobody caught is remembered, also when it was started again', async () => {
  await app.ask({ end: 'by an exception' });
  await app.start();
  await until(() => app.crashes.length === 1, 'the crash is known');
  expect(app.crashes[0]).toContain('What nobody has caught.');
  expect(app.running).toBe(true);
});

test('an abort is remembered', async () => {
  await app.ask({ end: 'by an abort' });
  await until(() => app.crashes.length === 1, 'the crash is known');
  expect(app.running).toBe(false);
});

test.each([
  ['is killed', () => app.kill()],
  ['is stopped', () => app.stop()],
  ['ends in order, whatever its exit code', () => app.ask({ end: 'in order' })],
])('a process that %s has not crashed', async (_how, end) => {
  await end();
  await app.start();
  await app.stop();
  expect(app.crashes).toEqual([]);
});
