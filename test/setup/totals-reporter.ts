interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** Files that did not even load; none of their tests is counted elsewhere. */
  readonly numRuntimeErrorTestSuites: number;
}

/** The run's totals on a line of their own, for programs to read. */
export default class TotalsReporter {
  onRunComplete(_contexts: unknown, results: Results): void {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    console.log(`${results.numPassedTests} passed, ${failed} failed`);
  }
}
