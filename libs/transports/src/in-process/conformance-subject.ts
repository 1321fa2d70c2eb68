import type { Transport } from '#messaging';
import type { Queue } from '#testing';
import { InProcessTransport } from './in-process-transport.js';

const BYTES_MAX = 256 * 1024 * 1024;

/** An in-process transport on a queue of the kit: its spool is the queue's directory. */
export function create({ directory, lanes, countMax = 1_000_000 }: Queue): Transport {
  return new InProcessTransport({ directory, lanes, bytesMax: BYTES_MAX, countMax });
}
