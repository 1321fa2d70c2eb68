import { TransportError, type HealthSignal } from '#messaging';
import { pause } from './pause.js';

const PAUSE_MS_FIRST = 100;
const PAUSE_MS_MOST = 5_000;
/** Between two tries after a refusal, which somebody has to mend first. */
const REFUSED_PAUSE_MS = 10_000;

export interface SupervisionParts<Address> {
  /** What is reached, in error messages: 'the broker'. */
  readonly what: string;
  /** Asked anew for each round. Never empty. */
  readonly addresses: () => readonly Address[];
  /** Rejects when it cannot connect or set up; calls `onUp` when all stands; resolves when what stood is lost. */
  readonly stayWith: (address: Address, onUp: () => void) => Promise<void>;
  /** What waiting does not mend; undefined where the broker may simply be away. */
  readonly refusalOf: (error: unknown, address: Address) => TransportError | undefined;
  /** Of an address that could not be reached, for people. */
  readonly failureOf: (error: unknown, address: Address) => string;
  /** Told of each failure. */
  readonly health: HealthSignal;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Tries one address after the other, for as long as it takes, and again whenever what stood is lost. */
export class Supervision<Address> {
  readonly #parts: SupervisionParts<Address>;
  readonly #closing = new AbortController();
  #starting: Promise<void> | undefined;
  #supervising: Promise<void> | undefined;
  #next: number;

  constructor(parts: SupervisionParts<Address>) {
    this.#parts = parts;
    // Processes that start together spread over the nodes of a cluster.
    this.#next = Math.floor(parts.random() * parts.addresses().length);
  }

  /** Aborts when the supervision is to end. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Resolves once all stands, however long the broker is away. Rejects with a `TransportError` for what waiting does not
   * mend, and may then be called again.
   */
  start(): Promise<void> {
    return (this.#starting ??= this.#start());
  }

  /** Begins no more tries. What stands is left to whoever made it. */
  abort(): void {
    this.#closing.abort();
  }

  /** Resolves when an aborted supervision has ended. */
  async ended(): Promise<void> {
    await this.#supervising;
  }

  async #start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#supervising = this.#supervise(resolve).catch((refusal: unknown) => {
      this.#starting = undefined;
      this.#parts.health.set({ status: 'down', reason: (refusal as Error).message });
      reject(refusal as Error);
    });
    await promise;
  }

  /** Rejects only before all stood once. */
  async #supervise(onFirstUp: () => void): Promise<void> {
    const { signal } = this.#closing;
    let everUp = false;
    for (let failures = 0; !signal.aborted; failures++) {
      const refused = await this.#round(() => {
        everUp = true;
        failures = 0;
        onFirstUp();
      });
      if (refused && !everUp) throw refused;
      if (!signal.aborted) await pause(this.#pauseMs(failures, refused), signal);
    }
    if (!everUp) throw new TransportError(`The transport was closed before ${this.#parts.what} could be reached.`);
  }

  /** Full jitter, so that those who lost the broker together do not come back together. */
  #pauseMs(failures: number, refused: TransportError | undefined): number {
    const mostMs = refused ? REFUSED_PAUSE_MS : Math.min(PAUSE_MS_MOST, PAUSE_MS_FIRST * 2 ** failures);
    return this.#parts.random() * mostMs;
  }

  /** One round over the addresses. Resolves when none answered, or when what stood is lost. */
  async #round(onUp: () => void): Promise<TransportError | undefined> {
    const { stayWith, refusalOf, failureOf, health } = this.#parts;
    const addresses = this.#parts.addresses();
    let refused: TransportError | undefined;
    for (let tried = 0; tried < addresses.length && !this.#closing.signal.aborted; tried++) {
      const address = addresses[this.#next++ % addresses.length]!;
      try {
        await stayWith(address, onUp);
        return undefined;
      } catch (error) {
        const refusal = error instanceof TransportError ? error : refusalOf(error, address);
        refused ??= refusal;
        const reason = refusal?.message ?? failureOf(error, address);
        if (!this.#closing.signal.aborted) health.set({ status: 'down', reason });
      }
    }
    return refused;
  }
}
