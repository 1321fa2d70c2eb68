import { hash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Transport } from '#messaging';
import type { Queue } from '#testing';
import { FramedSocket } from '#wire';
import { TcpTransport } from './tcp-transport.js';

const BYTES_MAX = 256 * 1024 * 1024;
/** More than any case has processes at the same time. */
const SLOTS = 8;
/** Below the ports that systems give to those who connect. */
const PORT_LEAST = 20_000;
const PORT_BLOCKS = 1_500;
const LOOPBACK = '127.0.0.1';

/** A process on a queue of the kit: it takes the lowest free slot, with the spool and the port of whoever had it before. */
export function create(queue: Queue): Transport {
  return new SlotTransport(queue, new Slot(queue.directory));
}

/** Resets every connection of the transport; new ones go through. */
export async function cut(transport: Transport): Promise<void> {
  for (const link of (transport as TcpTransport).links) {
    if (link instanceof FramedSocket) link.socket.resetAndDestroy();
  }
}

/** Gateway and consumer in one, that dials whoever may be in any slot of its queue. */
class SlotTransport extends TcpTransport {
  readonly #slot: Slot;

  constructor({ name, lanes, countMax = 1_000_000 }: Queue, slot: Slot) {
    const addresses = addressesOf(name);
    const [listen = { host: LOOPBACK, port: 0 }] = addresses.slice(slot.number);
    const spool = { directory: slot.spoolDirectory, lanes, bytesMax: BYTES_MAX, countMax };
    // A neighbour by chance is no member of the queue.
    const security = { token: name };
    super({ lanes, security, bytesMax: BYTES_MAX, gateway: { spool, peers: addresses }, listen });
    this.#slot = slot;
  }

  override async close(deadlineMs: number): Promise<void> {
    await super.close(deadlineMs);
    this.#slot.leave();
  }
}

/** A place in the queue's directory that one process has at a time, and that its death leaves free. */
class Slot {
  readonly number: number;
  readonly spoolDirectory: string;
  readonly #ownerFile: string;
  #left = false;

  constructor(directory: string) {
    const ownerFileOf = (slot: number) => join(directory, `slot-${slot}.owner`);
    const slots = Array.from({ length: SLOTS }, (_, slot) => slot);
    this.number = slots.find((slot) => !isOwned(ownerFileOf(slot))) ?? SLOTS;
    this.spoolDirectory = join(directory, `slot-${this.number}`);
    this.#ownerFile = ownerFileOf(this.number);
    if (existsSync(directory)) writeFileSync(this.#ownerFile, String(process.pid));
  }

  leave(): void {
    if (!this.#left) rmSync(this.#ownerFile, { force: true });
    this.#left = true;
  }
}

function isOwned(ownerFile: string): boolean {
  try {
    process.kill(Number(readFileSync(ownerFile, 'utf8')), 0);
    return true;
  } catch {
    return false;
  }
}

/** The same for everyone on the queue, and others for every other queue. */
function addressesOf(name: string): { host: string; port: number }[] {
  const digest = hash('sha256', name, 'buffer');
  // Linux answers on all of 127.0.0.0/8, so that neither another queue nor a server of the machine has the ports already.
  const host = process.platform === 'linux' ? `127.${1 + (digest[0]! % 254)}.${digest[1]}.${digest[2]}` : LOOPBACK;
  const block = digest.readUInt32BE(4) % PORT_BLOCKS;
  const port = PORT_LEAST + block * SLOTS;
  return Array.from({ length: SLOTS }, (_, slot) => ({ host, port: port + slot }));
}
