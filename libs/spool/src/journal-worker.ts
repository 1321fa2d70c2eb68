import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { TransportError } from '#messaging';
import { Journal } from './journal.js';
import {
  SPOOL_FILE,
  type JournalCalls,
  type JournalOptions,
  type JournalReply,
  type JournalRequest,
} from './journal-messages.js';
import { damagedSpool, sqliteFaultOf } from './sqlite-fault.js';

/** The journal's thread: opens the file at the first call, and again at the first one after it broke. */
const port = parentPort;
if (!port) throw new Error('The journal runs in a worker thread only.');
const options = workerData as JournalOptions;
let journal: Journal | undefined;
let reopened = false;

function opened(): Journal {
  if (journal?.broken) {
    const broken = journal;
    journal = undefined;
    broken.close();
  }
  if (!journal) {
    journal = Journal.open(options);
    reopened = true;
  }
  return journal;
}

function commit({ group, advances }: JournalCalls['commit']['request']): JournalCalls['commit']['answer'] {
  const current = opened();
  const answer = current.commit(group, advances);
  if (!reopened || answer.outcome !== 'stored') return answer;
  reopened = false;
  return current.inspect();
}

function answer({ call, request }: JournalRequest): JournalCalls[keyof JournalCalls]['answer'] {
  switch (call) {
    case 'commit':
      return commit(request as JournalCalls['commit']['request']);
    case 'read': {
      const { lane, afterSeq, countMax, bytesMax } = request as JournalCalls['read']['request'];
      return opened().read(lane, afterSeq, countMax, bytesMax);
    }
    case 'standing':
      return opened().standing((request as JournalCalls['standing']['request']).cursors);
    case 'inspect':
      return opened().inspect();
    case 'close':
      journal?.close();
      journal = undefined;
      return undefined;
  }
}

port.on('message', (request: JournalRequest) => {
  let reply: JournalReply;
  try {
    reply = { id: request.id, ok: true, answer: answer(request) };
  } catch (error) {
    const { message, setting } = explain(error);
    reply = { id: request.id, ok: false, message, setting };
  }
  port.postMessage(reply, transferables(reply));
  if (request.call === 'close') port.close();
  if (request.call === 'commit') checkpointIfDue();
});

function explain(error: unknown): TransportError {
  if (error instanceof TransportError) return error;
  const file = join(options.directory, SPOOL_FILE);
  const message = (error as Error).message;
  if (sqliteFaultOf(error) === 'damaged') return damagedSpool(file, message);
  return new TransportError(`The spool ${file} failed: ${message}. It is tried again; look at its disk.`);
}

function transferables(reply: JournalReply): ArrayBuffer[] {
  if (!reply.ok || !reply.answer || !('bytes' in reply.answer)) return [];
  const { seqs, ends, bytes } = reply.answer;
  return [seqs.buffer, ends.buffer, bytes.buffer];
}

/** After the answer, so that nobody waits for it; an error leaves the journal broken, and the next call opens it again. */
function checkpointIfDue(): void {
  try {
    journal?.checkpointIfDue();
  } catch {
    return;
  }
}
