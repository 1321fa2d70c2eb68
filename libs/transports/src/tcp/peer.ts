import type { Frame, Link } from '#wire';
import { Released, type Given } from './protocol.js';

/** The other end of one link. */
export class Peer {
  readonly link: Link;
  /** Another one each time a process starts; two links to one process have the same. */
  readonly instance: string;
  /** The newest assignment of each lane that was given back to it. */
  readonly #released = new Map<number, number>();
  #writable = true;
  #change = Promise.withResolvers<void>();

  constructor(link: Link) {
    this.link = link;
    this.instance = link.greeting['instance'] ?? link.peer;
  }

  /** Whether the link takes nothing but answers now. */
  get full(): boolean {
    return !this.#writable && !this.link.closed;
  }

  /** Resolves at the next change of that. All who wait are woken, and the first may fill it again: look before sending. */
  get change(): Promise<void> {
    return this.#change.promise;
  }

  /** What was sent to a link that has closed is lost, as what was under way is. */
  send(frame: Frame): void {
    if (!this.link.closed) this.#writable = this.link.send(frame);
  }

  /** Gives the lane back. Whatever it still sends of that assignment was under way, and concerns nobody any more. */
  release({ lane, assignment }: Given): void {
    this.#released.set(lane, assignment);
    this.send(Released.frame({ lane, assignment }));
  }

  /** Whether the lane was given back: it is given again under a higher number. */
  hasBack({ lane, assignment }: Given): boolean {
    return assignment <= (this.#released.get(lane) ?? -1);
  }

  /** Drops it when the link is full: for hints. */
  hint(frame: Frame): void {
    if (this.#writable) this.send(frame);
  }

  /** The link takes more again, or has closed. */
  changed(): void {
    this.#writable = true;
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }
}
