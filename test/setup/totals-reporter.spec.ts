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

test('a test that passed only when run again is told with why it failed at first, and the totals come last', () => {
  const { lines, error } = reported(STEADY, unsteady(1), BROKEN);
  expect(lines).toEqual(['UNSTEADY, passed only when run again: a.spec.js › claim 1\nwhy 1', '2 passed, 1 failed']);
  expect(error).toBeUndefined();
});

test('more than three of them fail the run', () => {
  expect(reported(unsteady(1), unsteady(2), unsteady(3)).error).toBeUndefined();
  expect(reported(unsteady(1), unsteady(2), unsteady(3), unsteady(4)).error?.message).toContain('4 tests passed only');
});
