import type { ChannelModel } from 'amqplib';
import { HealthSignal, TransportError } from '#messaging';
import { pause } from '../pause.js';
import type { Endpoint } from './endpoint.js';
import { refusalOf } from './refusal.js';

const PAUSE_MS_FIRST = 100;
const PAUSE_MS_MOST = 5_000;
/** Between two tries after a refusal, which somebody has to mend first. */
const REFUSED_PAUSE_MS = 10_000;
/** What the broker has to answer a goodbye, however little of the deadline is left. */
const GOODBYE_MS_LEAST = 200;

export interface ConnectionParts {
  /** What it is for, in error messages: 'publishing'. */
  readonly purpose: string;
  readonly endpoints: readonly Endpoint[];
  /** Makes ready what stands on the connection. Rejects with a `TransportError` where trying again cannot help. */
  readonly setUp: (model: ChannelModel) => Promise<void>;
  /** The connection is lost; its channels have told so themselves. */
  readonly onDown?: () => void;
  /** In [0, 1). */
  readonly random: () => number;
}

/** One connection to one of several addresses, made again for as long as it takes whenever it is lost. */
export class SupervisedConnection {
  readonly health = new HealthSignal();
  readonly #parts: ConnectionParts;
  readonly #closing = new AbortController();
  #starting: Promise<void> | undefined;
  #supervising: Promise<void> | undefined;
  #nextEndpoint: number;
  #model: ChannelModel | undefined;
  #blockedBecause: string | undefined;
  #cut: (reason: string) => void = () => undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    // Processes that start together spread over the nodes of a cluster.
    this.#nextEndpoint = Math.floor(parts.random() * parts.endpoints.length);
  }

  get model(): ChannelModel | undefined {
    return this.#model;
  }

  /**
   * Resolves once connected and set up, however long the broker is away. Rejects with a `TransportError` for what waiting
   * does not mend, and may then be called again.
   */
  start(): Promise<void> {
    return (this.#starting ??= this.#start());
  }

  /** What stands on the connection is broken: it is made anew. */
  renew(reason: string): void {
    this.#cut(reason);
  }

  /** Idempotent. Says goodbye, or breaks off at the deadline. */
  async close(deadlineMs: number): Promise<void> {
    this.#closing.abort();
    const model = this.#model;
    if (model) {
      const gone = new AbortController();
      model.on('close', () => gone.abort());
      // Its promise stays open when the connection dies meanwhile, so the event counts.
      model.close().catch(() => gone.abort());
      await pause(Math.max(deadlineMs, GOODBYE_MS_LEAST), gone.signal);
      this.#cut('Closed.');
    }
    await this.#supervising;
    this.health.set({ status: 'down', reason: 'Closed.' });
  }

  async #start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#supervising = this.#supervise(resolve).catch((refusal: unknown) => {
      this.#starting = undefined;
      reject(refusal as Error);
    });
    await promise;
  }

  /** Rejects only before the first connection stands. */
  async #supervise(onFirstUp: () => void): Promise<void> {
    const { signal } = this.#closing;
    let everUp = false;
    for (let failures = 0; !signal.aborted; failures++) {
      const refused = await this.#connectAndStay(() => {
        everUp = true;
        failures = 0;
        onFirstUp();
      });
      if (refused && !everUp) throw refused;
      if (!signal.aborted) await pause(this.#pauseMs(failures, refused), signal);
    }
    if (!everUp) throw new TransportError('The transport was closed before the broker could be reached.');
  }

  /** Full jitter, so that those who lost the broker together do not come back together. */
  #pauseMs(failures: number, refused: TransportError | undefined): number {
    const mostMs = refused ? REFUSED_PAUSE_MS : Math.min(PAUSE_MS_MOST, PAUSE_MS_FIRST * 2 ** failures);
    return this.#parts.random() * mostMs;
  }

  /** One round over the addresses. Resolves when none answered, or when the connection that stood is lost. */
  async #connectAndStay(onUp: () => void): Promise<TransportError | undefined> {
    const { endpoints } = this.#parts;
    let refused: TransportError | undefined;
    for (let tried = 0; tried < endpoints.length && !this.#closing.signal.aborted; tried++) {
      const endpoint = endpoints[this.#nextEndpoint++ % endpoints.length]!;
      try {
        await this.#stayWith(endpoint, onUp);
        return undefined;
      } catch (error) {
        const refusal = refusalOf(error, endpoint);
        refused ??= refusal;
        const reason = refusal?.message ?? `No connection for ${this.#parts.purpose}: ${textOf(error, endpoint)}.`;
        if (!this.#closing.signal.aborted) this.health.set({ status: 'down', reason });
      }
    }
    return refused;
  }

  /** Rejects when it cannot connect or set up; resolves when a connection that stood is lost. */
  async #stayWith(endpoint: Endpoint, onUp: () => void): Promise<void> {
    const cable = new AbortController();
    const onClosing = () => cable.abort();
    this.#closing.signal.addEventListener('abort', onClosing);
    try {
      const model = await endpoint.dial(this.#parts.purpose, cable.signal);
      const lost = this.#watch(model, endpoint, cable);
      await Promise.race([this.#parts.setUp(model), lost.then((reason) => Promise.reject(new Error(reason)))]);
      // From here on the closing says goodbye first.
      this.#closing.signal.removeEventListener('abort', onClosing);
      this.#model = model;
      this.#tellHealth();
      onUp();
      const reason = await lost;
      // One that is said goodbye to is not lost.
      if (this.#closing.signal.aborted) return;
      this.health.set({ status: 'down', reason: `The connection for ${this.#parts.purpose} is lost: ${reason}` });
    } finally {
      this.#closing.signal.removeEventListener('abort', onClosing);
      this.#model = undefined;
      // Also a connection that ended may have left a socket half open.
      cable.abort();
      this.#parts.onDown?.();
    }
  }

  /** Resolves with the reason when the connection is lost. */
  #watch(model: ChannelModel, endpoint: Endpoint, cable: AbortController): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    let cause: unknown;
    this.#cut = (reason) => {
      cause ??= new Error(reason);
      cable.abort();
      // A socket that is already gone tells nobody of its end.
      resolve(textOf(cause, endpoint));
    };
    model.on('error', (error) => (cause ??= error));
    model.on('close', (error) => resolve(textOf(cause ?? error, endpoint)));
    this.#blockedBecause = undefined;
    model.on('blocked', (why) => {
      this.#blockedBecause = `The broker at ${endpoint.name} takes nothing in (${why || 'an alarm'}): it needs memory or disk.`;
      this.#tellHealth();
    });
    model.on('unblocked', () => {
      this.#blockedBecause = undefined;
      this.#tellHealth();
    });
    return promise;
  }

  #tellHealth(): void {
    if (!this.#model) return;
    const reason = this.#blockedBecause;
    this.health.set(reason === undefined ? { status: 'up' } : { status: 'blocked', reason });
  }
}

function textOf(error: unknown, { name }: Endpoint): string {
  const { message, code } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return `${name}: ${message || code || 'it was closed'}`;
}
