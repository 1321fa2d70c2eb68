import type { Batch } from './batch.js';
import type { Envelope } from './envelope.js';

/** Stores envelopes and hands them back in batches. Knows nothing of contracts, retries or databases. */
export interface Transport {
  readonly name: string;
  /** Product and version of the broker that answers, as it tells them; absent while none does, or where there is none. */
  readonly server?: string | undefined;
  readonly guarantees: Guarantees;
  readonly health: TransportHealth;

  /** Connects, declares and verifies the topology. Rejects with a `TransportError` that names the setting to change. */
  open(): Promise<void>;

  /**
   * Resolves once the envelope is stored as the receipt's durability says. Rejects with a `PublishError`, by the deadline at
   * the latest: after `not-stored` it will never be delivered, after `unknown` it may be, so repeat it with the same id.
   */
  publish(envelope: Envelope, deadlineMs: number): Promise<Receipt>;

  /**
   * Hands over the deliveries of every lane that this process holds: one batch per lane at a time, in order, without gaps,
   * from the first one not advanced or earlier. `onBatch` resolved: the transport advances past the batch. Rejected: the same
   * deliveries again, from memory. The signal aborts when the lane is lost; what the batch does then harms nobody.
   * At most one consumer per process; a second call rejects.
   */
  consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer>;

  /** Broadcasts to every listener of the installation, best effort: a hint, whose loss loses nothing. Never throws. */
  notify(notice: Uint8Array): void;
  /** Returns what ends the listening. */
  listen(onNotice: (notice: Uint8Array) => void): () => void;

  backlog(): Promise<Backlog>;

  /**
   * Idempotent. Stops taking, lets batches in hand settle until the deadline, flushes, disconnects. Rejects, when all that
   * is done, with `CommandsLeft` if commands that were to be forwarded to a broker stay behind on this machine.
   */
  close(deadlineMs: number): Promise<void>;
}

/** `memory`: gone with the process. `disk`: fsynced on one machine. `replicated`: on a majority of several. */
export type Durability = 'memory' | 'disk' | 'replicated';

export const DURABILITIES: readonly Durability[] = ['memory', 'disk', 'replicated'];

export interface Guarantees {
  /** What every receipt has at least. */
  readonly durability: Durability;
  /** What makes receipts worth more, as the rest of a sentence: 'set this to that'. Absent where nothing does. */
  readonly moreDurable?: string;
  /** Whether the order of a key holds across all gateways, or only among commands taken by the same one. */
  readonly ordering: 'global' | 'per-gateway';
  /** The largest body in bytes; a larger one is refused before it is sent. */
  readonly messageBytesMax: number;
  /** How many processes may publish to, and consume from, one queue at the same time. */
  readonly publishers: 'one' | 'many';
  readonly consumers: 'one' | 'many';
}

export interface Receipt {
  readonly durability: Durability;
}

export interface ConsumeOptions {
  /** The most deliveries in one batch. */
  readonly batchMax: number;
  /** The most body bytes in one batch; a single larger delivery makes a batch of its own. */
  readonly batchBytesMax: number;
  /** How long a batch that is not full waits for more, from its first delivery on. */
  readonly batchWaitMs: number;
  /** The most deliveries that a lane holds in this process, the running batch included. At least `batchMax`. */
  readonly prefetch: number;
}

export type OnBatch = (batch: Batch, signal: AbortSignal) => Promise<void>;

export interface Consumer {
  /** Gives everything back that is not running, and takes no more. Resolves when the running batches have ended. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Idempotent. Takes no more, lets running batches settle until the deadline; what has not settled then stays stored. */
  stop(deadlineMs: number): Promise<void>;
}

export interface Backlog {
  /** Stored and not advanced past, what is in hand included. */
  readonly count: Measured<number>;
  readonly bytes: Measured<number>;
  /** When the oldest of them was stored, in milliseconds since the epoch; null when nothing waits. */
  readonly oldestAtMs: Measured<number | null>;
  /** The count of each lane, indexed by lane. */
  readonly lanes: readonly number[];
  /** What it can hold before it refuses; null where it has no bound of its own. */
  readonly countMax: number | null;
  readonly bytesMax: number | null;
}

export interface Measured<Value> {
  readonly value: Value;
  readonly exact: boolean;
}

export type HealthState =
  /** `reason`: what operators should know although commands are taken. */
  | { readonly status: 'up'; readonly reason?: string }
  /** `blocked`: connected, but takes nothing in for now. */
  | { readonly status: 'blocked' | 'down'; readonly reason: string };

export interface TransportHealth {
  readonly state: HealthState;
  /** Calls back at every change; returns what ends the watching. */
  watch(onChange: (state: HealthState) => void): () => void;
}
