import { Logger } from '@nestjs/common';
import { CalmLogger } from './calm-logger.js';
import { stopWhenParentEnds } from './parent-watch.js';
import { startFailureText } from './start-fault.js';

/** Somebody has waited enough: what a shell gives for a Ctrl-C. */
const EXIT_INTERRUPTED = 130;

/** What an app tells the process that it runs in. */
export interface ProcessEars {
  /** Hears a calm line about each thing that was started. */
  readonly log: (line: string) => void;
  /** Hears why commands can never be taken with these settings, as when the database records other LANES. */
  readonly onRefused: (reason: unknown) => void;
}

export interface RunningApp {
  /** Where it answers, without a slash at the end. */
  readonly url: string;
  /** Idempotent. Settles what is in hand, by SHUTDOWN_MS at about the latest. */
  close(): Promise<void>;
}

/**
 * Runs an app as this process: logs, tells a failed start without a stack where it is the operator's to mend, and ends with the
 * process that started this one. The first signal stops in order; a second one, from somebody who has waited enough, at once.
 */
export async function runProcess(
  start: (ears: ProcessEars) => Promise<RunningApp>,
  greeting: (url: string) => string,
): Promise<void> {
  Logger.overrideLogger(new CalmLogger());
  const logger = new Logger('Sluice');
  let app: RunningApp | undefined;
  let stopping = false;
  const stop = async (cause: string, exitCode = 0): Promise<never> => {
    if (stopping) process.exit(EXIT_INTERRUPTED);
    stopping = true;
    logger.log(`Stopping (${cause}): settling what is in hand.`);
    try {
      await app?.close();
    } catch (error) {
      console.error(startFailureText(error));
      process.exit(1);
    }
    logger.log('Stopped.');
    process.exit(exitCode);
  };
  process.on('SIGINT', () => void stop('Ctrl-C'));
  process.on('SIGTERM', () => void stop('SIGTERM'));
  stopWhenParentEnds(() => void stop('the process that started this one has ended'));
  try {
    app = await start({
      log: (line) => logger.log(line),
      // While it stops, this is nobody's second signal.
      onRefused: () => void (stopping || stop('these settings can never work', 1)),
    });
    logger.log(greeting(app.url));
  } catch (error) {
    console.error(startFailureText(error));
    process.exit(1);
  }
}
