import { Logger } from '@nestjs/common';
import { CalmLogger } from './calm-logger.js';
import { stopWhenParentEnds } from './embedded/index.js';
import { startFailureText } from './start-fault.js';
import { startStandalone, type Standalone } from './standalone.js';

Logger.overrideLogger(new CalmLogger());
const logger = new Logger('Sluice');
let standalone: Standalone | undefined;
let stopping = false;

/** The first signal stops in order; a second one, from somebody who has waited enough, ends the process at once. */
async function stop(cause: string, exitCode = 0): Promise<void> {
  if (stopping) process.exit(130);
  stopping = true;
  logger.log(`Stopping (${cause}): settling what is in hand.`);
  await standalone?.close();
  logger.log('Stopped.');
  process.exit(exitCode);
}

process.on('SIGINT', () => void stop('Ctrl-C'));
process.on('SIGTERM', () => void stop('SIGTERM'));
stopWhenParentEnds(() => void stop('the process that started this one has ended'));

try {
  standalone = await startStandalone({
    log: (line) => logger.log(line),
    onRefused: () => void stop('these settings can never work', 1),
  });
  logger.log(`Listening on ${standalone.url}. Try it: ${standalone.url}/docs`);
} catch (error) {
  console.error(startFailureText(error));
  process.exit(1);
}
