interface Result {
  readonly fullName: string;
  readonly status: string;
  readonly invocations?: number;
  readonly retryMessages?: readonly string[];
}

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** Files that did not even load; none of their tests is counted elsewhere. */
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly { readonly testFilePath: string; readonly testResults: readonly Result[] }[];
}

/** More than a busy machine explains. */
const UNSTEADY_MAX = 3;

/** The run's totals on a line of their own, for programs to read; and whatever passed only when run again, with why it failed at first. */
export default class TotalsReporter {
  readonly #print: (line: string) => void;
  #error?: Error;

  constructor(_config?: unknown, { print = console.log }: { print?: (line: string) => void } = {}) {
    this.#print = print;
  }

  onRunComplete(_contexts: unknown, results: Results): void {
    const unsteady = results.testResults.flatMap(({ testFilePath, testResults }) =>
      testResults.filter(passedOnlyAgain).map((result) => ({ testFilePath, ...result })),
    );
    for (const { testFilePath, fullName, retryMessages = [] } of unsteady) {
      this.#print(`UNSTEADY, passed only when run again: ${testFilePath} › ${fullName}\n${retryMessages.join('\n')}`);
    }
    if (unsteady.length > UNSTEADY_MAX) {
      this.#error = new Error(
        `${unsteady.length} tests passed only when run again; ${UNSTEADY_MAX} are let pass. See each above.`,
      );
    }
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    this.#print(`${results.numPassedTests} passed, ${failed} failed`);
  }

  /** Jest fails the run with it. */
  getLastError(): Error | undefined {
    return this.#error;
  }
}

function passedOnlyAgain({ status, invocations = 1 }: Result): boolean {
  return status === 'passed' && invocations > 1;
}
