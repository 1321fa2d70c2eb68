import TotalsReporter from './totals-reporter.js';

const STEADY = { fullName: 'a steady claim', status: 'passed', invocations: 1 };
const BROKEN = { fullName: 'a broken claim', status: 'failed', invocations: 2, retryMessages: ['broken'] };

function reported(...results: { fullName: string; status: string; invocations: number; retryMessages?: string[] }[]) {
  const lines: string[] = [];
  const reporter = new TotalsReporter(undefined, { print: (line) => lines.push(line) });
  const failed = results.filter(({ status }) => status === 'failed').length;
  reporter.onRunComplete(undefined, {
    numPassedTests: results.length - failed,
    numFailedTests: failed,
    numRuntimeErrorTestSuites: 0,
    testResults: [{ testFilePath: 'a.spec.js', testResults: results }],
  });
  return { lines, error: reporter.getLastError() };
}

function unsteady(number: number) {
  return { fullName: `claim ${number}`, status: 'passed', invocations: 2, retryMessages: [`why ${number}`] };
}

test('a test that passed only when run again is told with why it failed at first; names and totals come last', () => {
  const { lines, error } = reported(STEADY, unsteady(1), BROKEN);
  expect(lines).toEqual([
    'UNSTEADY, passed only when run again: a.spec.js › claim 1\nwhy 1',
    'UNSTEADY, passed only when run again: a.spec.js › claim 1',
    'FAILED: a.spec.js › a broken claim',
    '2 passed, 1 failed',
  ]);
  expect(error).toBeUndefined();
});

test('a reason that is very long is cut, so that the rest can be read', () => {
  const { lines } = reported({ ...unsteady(1), retryMessages: ['x'.repeat(100_000)] });
  expect(lines.join('\n').length).toBeLessThan(5_000);
});

test('more than three of them fail the run', () => {
  expect(reported(unsteady(1), unsteady(2), unsteady(3)).error).toBeUndefined();
  expect(reported(unsteady(1), unsteady(2), unsteady(3), unsteady(4)).error?.message).toContain('4 tests passed only');
});
