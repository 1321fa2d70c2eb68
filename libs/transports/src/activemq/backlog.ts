import { TransportError, type Backlog } from '#messaging';
import type { InHand } from '../presence.js';
import { Artemis } from './artemis.js';
import { kindOf } from './broker-kind.js';
import { Classic } from './classic.js';
import type { Depth } from './depth.js';
import type { Topology } from './topology.js';
import type { Wire } from './wire.js';

/** What the broker has to answer a question. */
const ANSWER_MS_MAX = 5_000;

/** Whoever tells how much waits: both brokers count what is in hand too. */
interface Teller {
  depths(): Promise<readonly Depth[] | undefined>;
}

/** How much waits, by the broker's own count. Where it has none, only what is in hand is known, by the word of each process. */
export class BacklogGauge {
  readonly #topology: Topology;
  /** Of all lanes together. */
  readonly #bounds: { readonly countMax: number; readonly bytesMax: number };
  #teller: Promise<Teller> | undefined;
  #isBounded = false;

  constructor(topology: Topology, bounds: { countMax: number; bytesMax: number }) {
    this.#topology = topology;
    this.#bounds = bounds;
  }

  /** From now on asked over this connection. */
  attach(wire: Wire | undefined): void {
    this.#teller = wire && this.#tellerAt(wire);
    // Whoever asks hears of it.
    this.#teller?.catch(() => undefined);
  }

  async read(inHand: readonly InHand[]): Promise<Backlog> {
    const told = await this.#depths();
    const lanes = told ? told.map(({ count }) => count) : countsOf(inHand, this.#topology.lanes);
    const count = sum(lanes);
    const bytes = told ? sum(told.map((depth) => depth.bytes)) : sum(inHand.map((one) => one.bytes));
    const times = [...(told ?? []), ...inHand].flatMap(({ oldestAtMs }) => oldestAtMs ?? []);
    return {
      count: { value: count, exact: told !== undefined },
      bytes: { value: Math.round(bytes), exact: false },
      // What others have in hand is a second old, so that nothing may wait and somebody still say so.
      oldestAtMs: { value: count === 0 || times.length === 0 ? null : Math.min(...times), exact: false },
      lanes,
      countMax: this.#isBounded ? this.#bounds.countMax : null,
      bytesMax: this.#isBounded ? this.#bounds.bytesMax : null,
    };
  }

  async #tellerAt(wire: Wire): Promise<Teller> {
    this.#isBounded = kindOf(wire.product) === 'Artemis';
    return this.#isBounded
      ? Artemis.at(wire, this.#topology, ANSWER_MS_MAX)
      : Classic.at(wire, this.#topology, ANSWER_MS_MAX);
  }

  async #depths(): Promise<readonly Depth[] | undefined> {
    if (!this.#teller) throw new TransportError('The backlog is unknown: there is no connection to the broker.');
    try {
      return await (await this.#teller).depths();
    } catch (cause) {
      throw new TransportError(`The backlog is unknown: ${(cause as Error).message}.`, { cause });
    }
  }
}

function countsOf(inHand: readonly InHand[], laneCount: number): number[] {
  const counts = Array.from({ length: laneCount }, () => 0);
  for (const [lane, count] of inHand.flatMap(({ lanes }) => lanes)) {
    if (lane < laneCount) counts[lane] = (counts[lane] ?? 0) + count;
  }
  return counts;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
