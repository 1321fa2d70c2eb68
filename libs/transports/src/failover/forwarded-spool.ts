import type { Envelope, Transport, TransportHealth } from '#messaging';
import { Spool, type SpoolOptions, type SpoolStanding } from '#spool';
import { LaneForwarder } from './lane-forwarder.js';

/** What all lanes together have under way at most, shared out among them. */
const FORWARD_COUNT_MAX = 1_024;
const FORWARD_BYTES_MAX = 32 * 1024 * 1024;
/** A command that the transport behind has not stored by then is repeated. */
const FORWARD_DEADLINE_MS = 10_000;
/** What the spool has for its flush when the deadline was used up: without it commands would be forwarded twice. */
const FLUSH_MS_LEAST = 1_000;

type Behind = Pick<Transport, 'guarantees' | 'publish'>;

/** Who hears of what is forwarded. */
export interface ForwardListener {
  /** One command is stored behind the spool. */
  readonly onForwarded: () => void;
  /** One is not, and is tried again and again. */
  readonly onFailed: (error: unknown) => void;
}

/** A spool that empties itself into a transport: each lane in order, from where an earlier run left it. */
export class ForwardedSpool {
  readonly #spool: Spool;
  readonly #lanes: readonly LaneForwarder[];
  readonly #onForwarded: () => void;
  #isStarted = false;
  readonly #emptied = new Set<() => void>();

  /** Rejects as `Spool.open` does. */
  static async open(options: SpoolOptions, behind: Behind, listener: ForwardListener): Promise<ForwardedSpool> {
    return new ForwardedSpool(await Spool.open(options), options.lanes, behind, listener);
  }

  private constructor(spool: Spool, lanes: number, behind: Behind, { onForwarded, onFailed }: ForwardListener) {
    this.#spool = spool;
    this.#onForwarded = onForwarded;
    const bounds = {
      countMax: Math.max(1, Math.floor(FORWARD_COUNT_MAX / lanes)),
      bytesMax: Math.floor(FORWARD_BYTES_MAX / lanes),
    };
    const publish = (envelope: Envelope) => behind.publish(envelope, FORWARD_DEADLINE_MS);
    const bodyBytesMax = behind.guarantees.messageBytesMax;
    const parts = {
      spool,
      bounds,
      bodyBytesMax,
      publish,
      onForwarded: (lane: number) => this.#noteForwarded(lane),
      onFailed,
    };
    this.#lanes = Array.from({ length: lanes }, (_, lane) => new LaneForwarder({ ...parts, lane }));
  }

  get health(): TransportHealth {
    return this.#spool.health;
  }

  get empty(): boolean {
    return !this.#lanes.some((_, lane) => this.holds(lane));
  }

  /** Begins to forward. */
  start(): void {
    this.#isStarted = true;
    this.#spool.onAppended((lane) => this.#lanes[lane]?.wake());
    for (const lane of this.#lanes) void lane.run();
  }

  /** Whether commands of the lane wait here. */
  holds(lane: number): boolean {
    return this.#spool.last(lane) > this.#spool.cursor(lane);
  }

  append(envelope: Envelope, deadlineMs: number): Promise<void> {
    return this.#spool.append(envelope, deadlineMs);
  }

  standing(): Promise<SpoolStanding> {
    return this.#spool.standing();
  }

  /** What is behind the spool works again: every lane tries at once. */
  hurry(): void {
    for (const lane of this.#lanes) lane.hurry();
  }

  /** Waits until nothing of the lane, or of all lanes, waits here any more. False: the deadline came first, or nothing is forwarded. */
  async emptied(deadlineMs: number, lane?: number): Promise<boolean> {
    const done = () => (lane === undefined ? this.empty : !this.holds(lane));
    if (done() || !this.#isStarted) return done();
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => {
      if (done()) resolve();
    };
    const timer = setTimeout(resolve, deadlineMs);
    this.#emptied.add(check);
    await promise;
    this.#emptied.delete(check);
    clearTimeout(timer);
    return done();
  }

  /** Starts no further command. */
  stop(): void {
    for (const lane of this.#lanes) lane.stop();
  }

  /** How many of each lane wait here. */
  get left(): readonly number[] {
    return this.#lanes.map((_, lane) => this.#spool.last(lane) - this.#spool.cursor(lane));
  }

  /** Gives the file up, with what was not forwarded in it. */
  async close(deadlineMs: number): Promise<void> {
    this.stop();
    await this.#spool.close(Math.max(deadlineMs, FLUSH_MS_LEAST));
  }

  #noteForwarded(lane: number): void {
    this.#onForwarded();
    if (!this.holds(lane)) for (const check of this.#emptied) check();
  }
}
