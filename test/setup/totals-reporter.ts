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

/** A reason may list thousands of commands; the last lines are what a reader of a long log sees. */
const REASON_CHARS_MAX = 4_000;

/**
 * The run's totals on a line of their own, for programs to read. Before them whatever passed only when run again, with why it
 * failed at first, and then the names of all that did not pass at once.
 */
export default class TotalsReporter {
  readonly #print: (line: string) => void;
  #error?: Error;

  constructor(_config?: unknown, { print = console.log }: { print?: (line: string) => void } = {}) {
    this.#print = print;
  }

  onRunComplete(_contexts: unknown, results: Results): void {
    const tests = results.testResults.flatMap(({ testFilePath, testResults }) =>
      testResults.map((result) => ({ ...result, title: `${testFilePath} › ${result.fullName}` })),
    );
    const unsteady = tests.filter(passedOnlyAgain);
    for (const { title, retryMessages = [] } of unsteady) {
      this.#print(`${UNSTEADY}: ${title}\n${retryMessages.join('\n').slice(0, REASON_CHARS_MAX)}`);
    }
    for (const { title } of unsteady) this.#print(`${UNSTEADY}: ${title}`);
    for (const { title } of tests.filter(({ status }) => status === 'failed')) this.#print(`FAILED: ${title}`);
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

const UNSTEADY = 'UNSTEADY, passed only when run again';

function passedOnlyAgain({ status, invocations = 1 }: Result): boolean {
  return status === 'passed' && invocations > 1;
}
