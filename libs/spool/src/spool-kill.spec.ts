import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { randomFrom, seeded } from '#testing';
import { idsIn, inDirectory, LANES, spoolOptions, withSpool } from './spool.fixture.js';

const KILLS = 20;
const script = fileURLToPath(import.meta.resolve('./spool-process.fixture.js'));

/** Lets a process append until it has stored `enough`, waits `afterUs` of busy time, kills it, and returns what it told. */
async function storeUntilKilled(directory: string, name: string, enough: number, afterUs: number): Promise<string[][]> {
  const child = spawn(process.execPath, [script, directory, name, '3'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const stored: string[][] = Array.from({ length: LANES }, () => []);
  let count = 0;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const [, lane = '', id = ''] = line.split(' ');
    stored[Number(lane)]?.push(id);
    if (++count !== enough) return;
    const killAtMs = performance.now() + afterUs / 1000;
    while (performance.now() < killAtMs);
    child.kill('SIGKILL');
  });
  await Promise.all([once(child, 'exit'), once(lines, 'close')]);
  return stored;
}

describe('A spool whose process is killed', () => {
  const { seed } = seeded();

  test(`has everything that it acknowledged, in order, after each of ${KILLS} kills`, async () => {
    const random = randomFrom(seed);
    await inDirectory(async (directory) => {
      for (let kill = 0; kill < KILLS; kill++) {
        const told = await storeUntilKilled(directory, `k${kill}`, random.integer(1, 400), random.integer(0, 4_000));
        expect(told.flat().length).toBeGreaterThan(0);
        await withSpool(spoolOptions(directory), async (spool) => {
          for (let lane = 0; lane < LANES; lane++) {
            const before = spool.cursor(lane);
            const waiting = await idsIn(spool, lane);
            expect(new Set(waiting).size).toBe(waiting.length);
            expectLastOf(told[lane] ?? [], waiting);
            for (let appender = 0; appender < 3; appender++) expectConsecutive(waiting, lane, appender);
            spool.advance(lane, before + waiting.length);
          }
        });
        await withSpool(spoolOptions(directory), async (spool) => expect((await spool.standing()).count).toBe(0));
      }
    });
  }, 120_000);
});

/** Of what was acknowledged, all that was not advanced past waits: a tail of it, at least half. */
function expectLastOf(acknowledged: readonly string[], waiting: readonly string[]): void {
  const waits = new Set(waiting);
  const firstWaiting = acknowledged.findIndex((id) => waits.has(id));
  const missing = firstWaiting < 0 ? acknowledged : acknowledged.slice(firstWaiting).filter((id) => !waits.has(id));
  expect(missing).toEqual([]);
  expect(waiting.length).toBeGreaterThanOrEqual(Math.floor(acknowledged.length / 2));
}

/** Each appender awaited one append before the next, so its ids wait in the order of their numbers, none left out. */
function expectConsecutive(waiting: readonly string[], lane: number, appender: number): void {
  const numbers = waiting
    .map((id) => id.split('-'))
    .filter(([, inLane, by]) => Number(inLane) === lane && Number(by) === appender)
    .map(([, , , n]) => Number(n));
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
}
