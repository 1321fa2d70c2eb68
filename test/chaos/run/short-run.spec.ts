import { seeded } from '#testing';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SUBJECT } from '../../product/transport-under-test.js';

const MINUTES = 1;
const MAIN = fileURLToPath(import.meta.resolve('../main.js'));

/** In a process of its own: what a campaign breaks, and what it leaves open, must not be those of the other tests. */
test(`${MINUTES} minute of random faults: what clients were told is what is there`, async () => {
  const { seed } = seeded();
  const child = fork(MAIN, ['--transport', SUBJECT, '--minutes', String(MINUTES), '--seed', String(seed)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  process.stdout.write(code === 0 ? summaryIn(output) : output);
  expect(code).toBe(0);
}, 900_000);

/** From the counts of the faults on. */
function summaryIn(output: string): string {
  return `${output.slice(output.lastIndexOf('\n\n')).trim()}\n`;
}
