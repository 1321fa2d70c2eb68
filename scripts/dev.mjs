import { isEnding, start } from './children.mjs';
import { say } from './say.mjs';

/** Compiles at every change, and starts the program again after each compilation, even one with wrong types. */
export async function develop(node, programArgs) {
  let program;
  let restarting = Promise.resolve();
  const restart = async () => {
    if (program) {
      program.child.kill('SIGTERM');
      await program.ended;
    }
    if (isEnding()) return;
    say('starting the program as it is now.');
    program = start(node, programArgs, { watchesParent: true });
  };
  const compiler = start(
    node,
    ['node_modules/typescript/bin/tsc', '--project', '.', '--watch', '--preserveWatchOutput', '--pretty', 'false'],
    {
      onLine: (line) => {
        if (line.trim() !== '') say(line);
        if (line.includes('Watching for file changes')) restarting = restarting.then(restart);
      },
    },
  );
  const code = await compiler.ended;
  await restarting;
  await program?.ended;
  return code;
}
