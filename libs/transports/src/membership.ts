import { laneOwners } from './lane-owners.js';
import { NOTHING_IN_HAND, readPresence, writePresence, type InHand, type Presence } from './presence.js';

const ANNOUNCE_MS = 1_000;
/** Several announcements may get lost before an instance counts as gone. */
const SILENCE_MS_MAX = 4_000;

export interface MembershipParts {
  readonly instance: string;
  readonly lanes: number;
  readonly send: (content: Uint8Array) => void;
  readonly inHand: () => InHand;
  /** Which lanes this instance owns, at every change. */
  readonly onOwned: (lanes: ReadonlySet<number>) => void;
}

interface Seen {
  readonly presence: Presence;
  readonly atMs: number;
}

/**
 * Who is there, by what each says of itself, and so which lanes are this instance's. Views may differ for a moment: of
 * two that both believe to own a lane, the broker lets one have it.
 */
export class Membership {
  readonly #parts: MembershipParts;
  readonly #others = new Map<string, Seen>();
  #takes = false;
  #takers = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  /** Announces itself now and then every second; also after the connection was lost. */
  start(): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#beat(), ANNOUNCE_MS);
    this.#announce();
  }

  /** From now on this instance takes lanes, or takes none. */
  take(takes: boolean): void {
    if (this.#takes === takes) return;
    this.#takes = takes;
    this.#announce();
    this.#review();
  }

  hear(content: Uint8Array): void {
    const presence = readPresence(content);
    if (!presence || presence.instance === this.#parts.instance) return;
    const isNew = !this.#others.has(presence.instance);
    if (presence.leaves) this.#others.delete(presence.instance);
    else this.#others.set(presence.instance, { presence, atMs: performance.now() });
    this.#review();
    // Who has just come need not wait a second to know of this one.
    if (isNew && !presence.leaves) this.#announce();
  }

  /** What the others said they have in hand. */
  get inHandOfOthers(): InHand[] {
    return [...this.#others.values()].map(({ presence }) => presence.inHand);
  }

  /** Says goodbye, and nothing more. */
  close(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    const { instance, send } = this.#parts;
    send(writePresence({ instance, takes: false, leaves: true, inHand: NOTHING_IN_HAND }));
  }

  #beat(): void {
    const heardLatestMs = performance.now() - SILENCE_MS_MAX;
    for (const [instance, { atMs }] of this.#others) if (atMs < heardLatestMs) this.#others.delete(instance);
    this.#review();
    this.#announce();
  }

  #announce(): void {
    const { instance, inHand, send } = this.#parts;
    if (this.#timer) send(writePresence({ instance, takes: this.#takes, leaves: false, inHand: inHand() }));
  }

  #review(): void {
    const { instance, lanes, onOwned } = this.#parts;
    const taking = [...this.#others.values()].filter(({ presence }) => presence.takes);
    const takers = taking.map(({ presence }) => presence.instance);
    if (this.#takes) takers.push(instance);
    takers.sort();
    const key = takers.join();
    if (key === this.#takers) return;
    this.#takers = key;
    const owners = laneOwners(lanes, takers);
    onOwned(new Set(owners.flatMap((owner, lane) => (owner === instance ? [lane] : []))));
  }
}
