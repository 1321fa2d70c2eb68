import type { Spool } from '#spool';
import { until } from '#testing';
import type { Frame, Link } from '#wire';
import { LaneSender } from './lane-sender.js';
import { Peer } from './peer.js';
import { Deliver } from './protocol.js';

const LANES = 8;
const ENTRY_BYTES = 1_000;

/** A link that is full with each frame, and counts how often somebody went on all the same. */
class NarrowLink {
  readonly peer = 'consumer';
  readonly greeting = { instance: 'consumer' };
  readonly closed = false;
  readonly delivered: number[] = [];
  overrun = 0;
  #full = false;

  send(frame: Frame): boolean {
    if (frame.kind !== Deliver.kind) return true;
    if (this.#full) this.overrun += 1;
    this.delivered.push(Deliver.read(frame).lane);
    this.#full = true;
    return false;
  }

  drain(peer: Peer): void {
    this.#full = false;
    peer.changed();
  }
}

/** One entry in each lane, read when the test says so. */
function spoolOf(reads: (() => void)[]): Spool {
  const records = { seqs: [1], ends: [ENTRY_BYTES], damaged: [], bytes: new Uint8Array(ENTRY_BYTES) };
  const readRecords = () => new Promise((resolve) => reads.push(() => resolve(records)));
  return { cursor: () => 0, last: () => 1, readRecords } as unknown as Spool;
}

test('Lanes that wait for a full link send one after the other, each when there is room', async () => {
  const link = new NarrowLink();
  const peer = new Peer(link as unknown as Link);
  const reads: (() => void)[] = [];
  const spool = spoolOf(reads);
  for (let lane = 0; lane < LANES; lane++) {
    new LaneSender(spool, peer, { lane, assignment: lane }).pull({ lane, assignment: lane, count: 1, bytes: 1 });
  }
  await until(() => reads.length === LANES, 'every lane reads');
  for (const read of reads) read();
  for (let sent = 1; sent <= LANES; sent++) {
    await until(() => link.delivered.length >= sent, `${sent} lanes have sent`);
    link.drain(peer);
  }
  expect(link.overrun).toBe(0);
  expect(new Set(link.delivered).size).toBe(LANES);
});
