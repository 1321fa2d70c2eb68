import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const COLLECTIONS_MAX = 20;

/**
 * Bytes that this thread still needs: objects and buffers. Collects until nothing more falls away, since what one collection
 * finds, such as a message's buffer, is often let go only after the next turn.
 */
export async function retainedBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let retained = Infinity;
  for (let collection = 0; collection < COLLECTIONS_MAX; collection++) {
    collect();
    await turn();
    const { heapUsed, external } = process.memoryUsage();
    if (heapUsed + external > retained * 0.99) return Math.min(retained, heapUsed + external);
    retained = heapUsed + external;
  }
  return retained;
}
