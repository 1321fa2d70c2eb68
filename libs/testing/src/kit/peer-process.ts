import { createInterface } from 'node:readline';
import { writeSync } from 'node:fs';
import { obey } from './peer.js';
import { decodeOrder } from './peer-wire.js';
import type { Queue, Subject } from './subject.js';

const [module, queue] = process.argv.slice(2);
if (!module || !queue) throw new Error('Usage: peer-process <module that exports create> <queue as JSON>');

const { create } = (await import(module)) as { create: Subject['create'] };
const STDOUT = 1;
const transport = create(JSON.parse(queue) as Queue);
await transport.open();

// Synchronous, so that nothing that happened is untold when the process is killed.
const tell = (line: string) => writeSync(STDOUT, `${line}\n`);
tell('open');

// The end of the input is the end of the test: without it a failed run would leave this process behind.
createInterface({ input: process.stdin })
  .on('line', (line) => void obey(transport, decodeOrder(line), (event) => tell(JSON.stringify(event))))
  .on('close', () => process.exit());
