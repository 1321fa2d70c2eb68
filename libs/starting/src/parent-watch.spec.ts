import { spawn } from 'node:child_process';
import { once } from 'node:events';

const MODULE = new URL('parent-watch.js', import.meta.url).href;

/** Runs the program in a process of its own, with the watch at hand. */
function run(program: string): ReturnType<typeof spawn> {
  const text = `const { stopWhenParentEnds } = await import(${JSON.stringify(MODULE)}); ${program}`;
  return spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
}

describe('watching the parent', () => {
  it('calls back when the channel to it closes', async () => {
    const child = run(`stopWhenParentEnds(() => process.exit(7)); setInterval(() => {}, 1000); console.log('up');`);
    if (child.stdout) await once(child.stdout, 'data');
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([7, null]);
  });

  it('does not keep a process alive that has nothing else to do', async () => {
    expect(await once(run('stopWhenParentEnds(() => process.exit(7));'), 'exit')).toEqual([0, null]);
  });
});
