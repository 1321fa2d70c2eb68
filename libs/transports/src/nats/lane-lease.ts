import type { NatsConnection } from '@nats-io/transport-node';
import { JetStreamApiCodes, JetStreamApiError, jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { pause } from '../pause.js';
import { LEASE_MS, type Topology } from './topology.js';

/** Several renewals may get lost before a lease runs out. */
const RENEW_MS = LEASE_MS / 6;
/** A holder trusts its lease for less than the server keeps it, so that it lets go before another one can take it. */
const TRUST_MS = (LEASE_MS * 5) / 6;
/** An answer is of use as long as the write that it confirms: a server that stands still for a moment takes no lane away. */
const ANSWER_MS_MAX = TRUST_MS;
const FAREWELL_MS_MAX = 2_000;
/** How soon a lane that someone has given back is taken. */
const RETRY_MS = 200;

export interface LeaseParts {
  readonly connection: NatsConnection;
  readonly topology: Topology;
  readonly lane: number;
  /** Who holds the lane, the same for every lease of this process. */
  readonly holder: string;
}

/**
 * The right to a lane, as the last message of a subject that the server forgets after `LEASE_MS`. Each renewal names the
 * one before it, so that of two that write, the server takes one.
 */
export class LaneLease {
  readonly #parts: LeaseParts;
  readonly #client: JetStreamClient;
  readonly #subject: string;
  readonly #ended = new AbortController();
  readonly #lost = Promise.withResolvers<void>();
  #sequence = 0;
  #trustedUntilMs = 0;

  private constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#client = jetstream(parts.connection, { timeout: ANSWER_MS_MAX });
    this.#subject = parts.topology.leaseOf(parts.lane);
  }

  /** Resolves once nobody else has it; undefined when the signal aborts before. Rejects when the server does not answer. */
  static async take(parts: LeaseParts, signal: AbortSignal): Promise<LaneLease | undefined> {
    const lease = new LaneLease(parts);
    while (!signal.aborted) {
      if (await lease.#write()) {
        void lease.#keep();
        return lease;
      }
      await pause(RETRY_MS, signal);
    }
    return undefined;
  }

  /** Resolves when it has run out, or another has it. */
  get lost(): Promise<void> {
    return this.#lost.promise;
  }

  /** Whether nobody else can have it now. Also after this process was halted for a while. */
  get holds(): boolean {
    return !this.#ended.signal.aborted && performance.now() < this.#trustedUntilMs;
  }

  /** Gives it back, best effort: the server forgets it anyway. */
  async release(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    const { connection, topology } = this.#parts;
    const request = JSON.stringify({ filter: this.#subject, seq: this.#sequence + 1 });
    const purge = `$JS.API.STREAM.PURGE.${topology.leases}`;
    await connection.request(purge, request, { timeout: FAREWELL_MS_MAX }).catch(() => undefined);
  }

  /** Writes no more, and leaves the rest to the server. */
  abandon(): void {
    this.#ended.abort();
  }

  async #keep(): Promise<void> {
    const { signal } = this.#ended;
    for (;;) {
      await pause(RENEW_MS, signal);
      if (signal.aborted) return;
      // What fails is tried again for as long as it may still be trusted.
      const taken = await this.#write().catch(() => undefined);
      if (signal.aborted) return;
      if (taken === false || !this.holds) break;
    }
    this.#ended.abort();
    this.#lost.resolve();
  }

  /** False: another has it. */
  async #write(): Promise<boolean> {
    if (await this.#replace()) return true;
    // A write of ours whose answer was lost, or of an earlier connection, is as good: the next one names it.
    const { topology, holder } = this.#parts;
    const manager = await this.#client.jetstreamManager(false);
    const last = await manager.streams.getMessage(topology.leases, { last_by_subj: this.#subject });
    const isOurs = last?.string() === holder;
    // Never the number of another's: naming it would take the lane away from who holds it.
    this.#sequence = isOurs ? last.seq : 0;
    return (!last || isOurs) && this.#replace();
  }

  /** False: the last message is another than is known here. */
  async #replace(): Promise<boolean> {
    const sentMs = performance.now();
    const expect = { lastSubjectSequence: this.#sequence };
    try {
      const { seq } = await this.#client.publish(this.#subject, this.#parts.holder, { expect });
      this.#sequence = seq;
      this.#trustedUntilMs = sentMs + TRUST_MS;
      return true;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence) return false;
      throw error;
    }
  }
}
