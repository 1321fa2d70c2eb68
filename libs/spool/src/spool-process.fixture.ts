import { writeSync } from 'node:fs';
import { Spool } from './spool.js';
import { DEADLINE_MS, envelope, LANES, spoolOptions } from './spool.fixture.js';

/**
 * A process that appends to every lane until it is killed, and advances past half of what it stores. It tells each id that
 * was acknowledged, with its lane, by a synchronous write, so that nothing that happened is untold.
 */
const [directory = '', name = 'process', appenders = '0'] = process.argv.slice(2);
const STDOUT = 1;
const spool = await Spool.open(spoolOptions(directory));

async function appendForEver(lane: number, appender: number): Promise<void> {
  const start = spool.cursor(lane);
  for (let n = 0; ; n++) {
    const id = `${name}-${lane}-${appender}-${n}`;
    await spool.append(envelope(id, { lane, body: Buffer.alloc(((n * 37) % 50) ** 2, n) }), DEADLINE_MS);
    writeSync(STDOUT, `stored ${lane} ${id}\n`);
    if (n % 4 === 0) spool.advance(lane, Math.floor((start + spool.last(lane)) / 2));
  }
}

for (let lane = 0; lane < LANES; lane++) {
  for (let appender = 0; appender < Number(appenders); appender++) void appendForEver(lane, appender);
}
