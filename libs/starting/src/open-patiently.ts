import type { Transport } from '#messaging';
import type { ProcessEars } from './run-process.js';
import { textOf } from './start-fault.js';

/** A broker that is there answers within this; the app starts without one that is not. */
const OPEN_MS_MAX = 3_000;

/**
 * Opens the transport, and goes on without it where its broker is away: the app then answers that it takes nothing for now, and
 * takes commands once the broker has come. Rejects with what waiting does not mend; where that shows later, `onRefused` hears it.
 * Once `isClosing` nobody waits for the broker any more, and nobody hears that it has not come.
 */
export async function openPatiently(
  transport: Transport,
  { log, onRefused }: ProcessEars,
  isClosing: () => boolean,
): Promise<void> {
  const opened = transport.open();
  const { promise: waitedEnough, resolve } = Promise.withResolvers<'waited enough'>();
  const timer = setTimeout(() => resolve('waited enough'), OPEN_MS_MAX);
  try {
    if ((await Promise.race([opened, waitedEnough])) !== 'waited enough') return;
  } finally {
    clearTimeout(timer);
  }
  log(`Queue: ${transport.name} cannot be reached yet, and is tried again for ever. ${transport.health.state.reason}`);
  opened.catch((error: unknown) => {
    if (isClosing()) return;
    log(`Queue: ${textOf(error)}`);
    onRefused(error);
  });
}
