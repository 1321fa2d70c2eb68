import { HealthSignal, TransportError, type HealthState } from '#messaging';
import { pause } from './pause.js';
import { Supervision } from './supervision.js';

/** What the broker has to answer a goodbye, however little of the deadline is left. */
const GOODBYE_MS_LEAST = 200;

/** The health of a connection that stands. */
export type Condition = Exclude<HealthState, { readonly status: 'down' }>;

/** A connection that stands, as a broker's client made it. */
export interface Line {
  /** Resolves when it is lost, with the cause where one is known. */
  readonly lost: Promise<unknown>;
  /** Says goodbye. The end shows in `lost`, if the broker answers. */
  goodbye(): void;
  /** Calls back when the broker takes nothing in, when it does again, and when operators should know of something. */
  watchCondition?(onChange: (condition: Condition) => void): void;
}

/** One address of a broker. */
export interface Endpoint<Connection extends Line> {
  /** Host and port, for people: never the credentials. */
  readonly name: string;
  /**
   * Connects, or rejects as the socket or the broker does. The purpose shows in the broker's list of connections; the
   * signal breaks the connection, also when it stands.
   */
  dial(purpose: string, signal: AbortSignal): Promise<Connection>;
  /** What waiting does not mend, as an error that names the way out; undefined where the broker may simply be away. */
  refusalOf(cause: unknown): TransportError | undefined;
}

export interface ConnectionParts<Connection extends Line> {
  /** What it is for, in error messages: 'publishing'. */
  readonly purpose: string;
  readonly endpoints: readonly Endpoint<Connection>[];
  /** Makes ready what stands on the connection. Rejects with a `TransportError` where trying again cannot help. */
  readonly setUp: (line: Connection) => Promise<void>;
  /** From this very moment it is `line`: nobody can ask for it in between and be left out. */
  readonly onUp?: (line: Connection) => void;
  /** The connection is lost, and with it what stood on it. */
  readonly onDown?: () => void;
  /** In [0, 1). */
  readonly random: () => number;
}

/** One connection to one of several addresses, made again for as long as it takes whenever it is lost. */
export class SupervisedConnection<Connection extends Line> {
  readonly health = new HealthSignal();
  readonly #parts: ConnectionParts<Connection>;
  readonly #supervision: Supervision<Endpoint<Connection>>;
  #line: Connection | undefined;
  #condition: Condition = UP;
  #cut: (reason: string) => void = () => undefined;

  constructor(parts: ConnectionParts<Connection>) {
    this.#parts = parts;
    const { purpose, endpoints, random } = parts;
    this.#supervision = new Supervision({
      what: 'the broker',
      addresses: () => endpoints,
      stayWith: (endpoint, onUp) => this.#stayWith(endpoint, onUp),
      refusalOf: (error, endpoint) => endpoint.refusalOf(error),
      failureOf: (error, endpoint) => `No connection for ${purpose}: ${textOf(error, endpoint)}.`,
      health: this.health,
      random,
    });
  }

  get line(): Connection | undefined {
    return this.#line;
  }

  /** Resolves once connected and set up; rejects as a supervision does. */
  start(): Promise<void> {
    return this.#supervision.start();
  }

  /** What stands on the connection is broken: it is made anew. */
  renew(reason: string): void {
    this.#cut(reason);
  }

  /** Idempotent. Says goodbye, or breaks off at the deadline. */
  async close(deadlineMs: number): Promise<void> {
    this.#supervision.abort();
    const line = this.#line;
    if (line) {
      const gone = new AbortController();
      void line.lost.then(() => gone.abort());
      line.goodbye();
      await pause(Math.max(deadlineMs, GOODBYE_MS_LEAST), gone.signal);
      this.#cut('Closed.');
    }
    await this.#supervision.ended();
    this.health.set({ status: 'down', reason: 'Closed.' });
  }

  /** Rejects when it cannot connect or set up; resolves when a connection that stood is lost. */
  async #stayWith(endpoint: Endpoint<Connection>, onUp: () => void): Promise<void> {
    const cable = new AbortController();
    const onClosing = () => cable.abort();
    const { closing } = this.#supervision;
    closing.addEventListener('abort', onClosing);
    try {
      const line = await endpoint.dial(this.#parts.purpose, cable.signal);
      const lost = this.#watch(line, endpoint, cable);
      await Promise.race([this.#parts.setUp(line), lost.then((reason) => Promise.reject(new Error(reason)))]);
      // From here on the closing says goodbye first.
      closing.removeEventListener('abort', onClosing);
      this.#line = line;
      this.#parts.onUp?.(line);
      this.#tellHealth();
      onUp();
      const reason = await lost;
      // One that is said goodbye to is not lost.
      if (closing.aborted) return;
      this.health.set({ status: 'down', reason: `The connection for ${this.#parts.purpose} is lost: ${reason}` });
    } finally {
      closing.removeEventListener('abort', onClosing);
      this.#line = undefined;
      // Also a connection that ended may have left a socket half open.
      cable.abort();
      this.#parts.onDown?.();
    }
  }

  /** Resolves with the reason when the connection is lost. */
  #watch(line: Connection, endpoint: Endpoint<Connection>, cable: AbortController): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#cut = (reason) => {
      // A socket that is already gone tells nobody of its end.
      resolve(textOf(new Error(reason), endpoint));
      cable.abort();
    };
    void line.lost.then((cause) => resolve(textOf(cause, endpoint)));
    this.#condition = UP;
    line.watchCondition?.((condition) => {
      this.#condition = condition;
      this.#tellHealth();
    });
    return promise;
  }

  #tellHealth(): void {
    if (this.#line) this.health.set(this.#condition);
  }
}

const UP: Condition = { status: 'up' };

function textOf(error: unknown, { name }: { readonly name: string }): string {
  const { message, code } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return `${name}: ${message || code || 'it was closed'}`;
}
