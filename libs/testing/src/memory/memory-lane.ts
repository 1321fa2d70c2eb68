import type { Delivery, Envelope } from '#messaging';

export interface Entry {
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly delivery: Delivery;
  readonly bytes: number;
}

const COMPACT_AT = 1024;

/** What waits in one lane, in order, and the cursor: everything before it has been advanced past. */
export class MemoryLane {
  readonly number: number;
  #entries: Entry[] = [];
  #first = 0;
  #nextSequence = 1;
  #changed = Promise.withResolvers<void>();

  constructor(number: number) {
    this.number = number;
  }

  get count(): number {
    return this.#entries.length - this.#first;
  }

  get oldest(): Entry | undefined {
    return this.#entries[this.#first];
  }

  /** Resolves at the next change: something was stored, or the lane's holder shall look whether it still holds it. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  touch(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  store(envelope: Envelope): void {
    this.add({ kind: 'decoded', envelope }, envelope.body.byteLength);
  }

  add(delivery: Delivery, bytes: number): void {
    this.#entries.push({ sequence: this.#nextSequence++, storedAtMs: Date.now(), delivery, bytes });
    this.touch();
  }

  /** The first entries, as many as one batch may have; `full` says that no later entry could join them. */
  read(countMax: number, bytesMax: number): { entries: Entry[]; full: boolean } {
    const entries: Entry[] = [];
    let bytes = 0;
    for (let index = this.#first; index < this.#entries.length; index++) {
      const entry = this.#entries[index]!;
      bytes += entry.bytes;
      if (entries.length === countMax || (entries.length > 0 && bytes > bytesMax)) return { entries, full: true };
      entries.push(entry);
    }
    return { entries, full: entries.length === countMax || bytes >= bytesMax };
  }

  /** Forgets everything up to and with `sequence`. Going back is not possible, so a late call does nothing. */
  advance(sequence: number): void {
    while (this.oldest && this.oldest.sequence <= sequence) this.#first++;
    if (this.#first < COMPACT_AT) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }

  *waiting(): Iterable<Entry> {
    for (let index = this.#first; index < this.#entries.length; index++) yield this.#entries[index]!;
  }
}
