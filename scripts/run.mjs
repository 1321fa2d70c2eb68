/**
 * What every npm script calls: `node scripts/run.mjs <task> [arguments]`. Installs and builds what is missing or stale, runs
 * the task on the Node that the lock brings, and leaves no process behind, however it ends. It needs only what Node ships,
 * from version 20 on.
 */
import { fileURLToPath } from 'node:url';

import { endChildrenWithUs, isEnding } from './children.mjs';
import { ensureInstalled } from './install.mjs';
import { nodeOfTheLock } from './node.mjs';
import { Failure, say } from './say.mjs';
import { TASKS } from './tasks.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
endChildrenWithUs();
process.exitCode = await main(...process.argv.slice(2));

async function main(name, ...args) {
  const task = Object.hasOwn(TASKS, name ?? '') ? TASKS[name] : undefined;
  if (task === undefined) {
    say(`there is no task "${name}"; there are: ${Object.keys(TASKS).join(', ')}.`);
    return 2;
  }
  try {
    await ensureInstalled();
    return isEnding() ? 1 : await task(nodeOfTheLock(), args);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(error.message);
    return 1;
  }
}
