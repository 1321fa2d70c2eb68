import type { Guarantees, Transport } from '#messaging';

/** A queue of its own for one case. The same queue given again is the same stored commands. */
export interface Queue {
  /** Unique among all runs; letters, digits and hyphens. */
  readonly name: string;
  readonly lanes: number;
  /** An empty directory of its own, removed after the case. */
  readonly directory: string;
  /** Asked for by the cases that fill a queue: refuse to hold more commands than this. */
  readonly countMax?: number;
}

/** What a transport hands to the kit. */
export interface Subject {
  readonly name: string;
  /** Must equal those of every transport that `create` makes. */
  readonly guarantees: Guarantees;
  /** A transport that is not open yet. */
  create(queue: Queue): Transport;
  /** URL of a module that exports `create`: with it the kit runs publishers and consumers in processes that it kills. */
  readonly processModule?: string;
  /** True: `create` heeds `queue.countMax`. */
  readonly bounded?: boolean;
  /** True: while the broker is away, it stores commands elsewhere and is up. */
  readonly storesWhileAway?: boolean;
  readonly faults?: Faults;
  /** Removes what a queue left behind at a broker. */
  remove?(queue: Queue): Promise<void>;
}

/** Ends what a fault began. */
export type Mend = () => Promise<void>;

/** What the kit may do to a transport. Each one that is missing skips its cases, by name. */
export interface Faults {
  /** Stops the broker in good order; mending starts it again, with all that it had stored. */
  stop?(queue: Queue): Promise<Mend>;
  /** Ends the broker as a power cut does, and starts it again. */
  crash?(queue: Queue): Promise<void>;
  /** Ends every connection of this transport; new ones go through. */
  cut?(transport: Transport): Promise<void>;
  /** Nothing passes between this transport and its broker, and nothing is closed. */
  freeze?(transport: Transport): Promise<Mend>;
  /** Ends this transport as a killed process would. Not needed beside `processModule`. */
  kill?(transport: Transport): Promise<void>;
  /** Puts into the queue what does not decode. */
  inject?(queue: Queue, lane: number, body: Uint8Array, headers: Record<string, string>): Promise<void>;
  /** Takes the place away where publishing leads to. */
  unbind?(queue: Queue): Promise<Mend>;
  /** Makes the broker refuse the transport's credentials. */
  lockOut?(queue: Queue): Promise<Mend>;
  /** Leaves no room on the disk that stores the queue. */
  fillDisk?(queue: Queue): Promise<Mend>;
}

/** What a case may need beyond the port itself. */
export type Need =
  | 'durable storage'
  | 'many publishers'
  | 'many consumers'
  | 'global ordering'
  | 'bounded queue'
  | 'refusal while away'
  | 'death of a process'
  | `fault ${keyof Faults}`;

/** Those of the needs that the subject does not declare. */
export function missing(subject: Subject, needs: readonly Need[]): Need[] {
  const { guarantees, faults } = subject;
  return needs.filter((need) => {
    if (need === 'durable storage') return guarantees.durability === 'memory';
    if (need === 'many publishers') return guarantees.publishers !== 'many';
    if (need === 'many consumers') return guarantees.consumers !== 'many';
    if (need === 'global ordering') return guarantees.ordering !== 'global';
    if (need === 'bounded queue') return !subject.bounded;
    if (need === 'refusal while away') return subject.storesWhileAway === true;
    if (need === 'death of a process') return !subject.processModule && !faults?.kill;
    return !faults?.[need.slice('fault '.length) as keyof Faults];
  });
}
