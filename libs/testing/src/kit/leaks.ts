import { readdirSync } from 'node:fs';
import { until } from '../until.js';

type Resources = ReadonlyMap<string, number>;

/** Finished requests that wait for the collector are nothing that anybody left open. */
const TRANSIENT = new Set(['Immediate', 'FSReqPromise', 'FSReqCallback', 'CloseReq', 'RandomBytesRequest']);

/** What keeps the process alive now, by kind, and its open files where the system lists them. */
export function openResources(): Resources {
  const counts = new Map<string, number>([['open file', openFiles()]]);
  for (const kind of process.getActiveResourcesInfo()) {
    if (!TRANSIENT.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** Rejects with the kinds of which there are still more than before, after they had time to go. */
export async function assertNothingLeft(before: Resources): Promise<void> {
  let left: string[] = [];
  const gone = () => {
    left = [...openResources()]
      .filter(([kind, count]) => count > (before.get(kind) ?? 0))
      .map(([kind, count]) => `${count - (before.get(kind) ?? 0)} × ${kind}`);
    return left.length === 0;
  };
  await until(gone, 'every timer, socket and file is closed', 2_000).catch((cause: unknown) => {
    throw new Error(`Left open after close: ${left.join(', ')}.`, { cause });
  });
}

function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
