import {
  DURABILITIES,
  HealthSignal,
  PublishError,
  CommandsLeft,
  TransportError,
  type Backlog,
  type ConsumeOptions,
  type Consumer,
  type Envelope,
  type Guarantees,
  type OnBatch,
  type PublishFailure,
  type Receipt,
  type Transport,
} from '#messaging';
import { limitsOf, type SpoolOptions } from '#spool';
import { FailoverBacklog } from './failover-backlog.js';
import { failoverHealth } from './failover-health.js';
import { ForwardedSpool } from './forwarded-spool.js';
import { forwardUntil } from './forward-until.js';
import { LastingOpen } from './lasting-open.js';

/** How long `open` waits for the broker before it leaves that to later. */
const OPEN_PATIENCE_MS = 5_000;
/** How much of its deadline a publish gives the broker; the rest is for the spool. */
const DIRECT_SHARE = 0.5;
/** How long the spool has to be empty before operators are told so: less would tell them of every hiccup. */
const CALM_MS = 1_000;

const SPOOLED: Receipt = Object.freeze({ durability: 'disk' });

/** What another place to store the command mends. */
const MENDED: readonly PublishFailure[] = ['unavailable', 'overloaded', 'timeout', 'interrupted'];

/**
 * The spool before a broker. While the broker stores commands they go to it directly; what it cannot take is spooled, and
 * forwarded in order when it can. A lane that has spooled commands sends all of its commands through the spool, so that the
 * order of a key holds. The broker's `open` is called again after it rejected; it must stand that.
 */
export class FailoverTransport implements Transport {
  readonly name: string;
  readonly guarantees: Guarantees;
  readonly health = new HealthSignal();
  readonly #behind: Transport;
  readonly #options: SpoolOptions;
  readonly #lasting: LastingOpen;
  readonly #backlog: FailoverBacklog;
  #spool: ForwardedSpool | undefined;
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #unwatch: () => void = () => undefined;
  /** The broker failed a command, and has stored none since. */
  #isSuspect = false;
  #isSpooling = false;
  #failure: string | undefined;
  #calm: NodeJS.Timeout | undefined;

  constructor(behind: Transport, options: SpoolOptions) {
    this.name = behind.name;
    this.#behind = behind;
    this.#options = options;
    this.#lasting = new LastingOpen(behind);
    this.#backlog = new FailoverBacklog(behind, options);
    const { durability, moreDurable, messageBytesMax, consumers } = behind.guarantees;
    this.guarantees = Object.freeze({
      durability: DURABILITIES.find((weaker) => weaker === durability || weaker === SPOOLED.durability) ?? durability,
      ...(moreDurable !== undefined && { moreDurable }),
      ordering: 'per-gateway',
      // The other half of an entry is for the attributes.
      messageBytesMax: Math.min(messageBytesMax, Math.floor(limitsOf(options.bytesMax).entryBytesMax / 2)),
      publishers: 'many',
      consumers,
    });
  }

  /**
   * Opens the spool, and the broker where it is there: a broker that is away is connected to later. Rejects with what waiting
   * does not mend: the spool's errors, and those of the broker that name a setting.
   */
  async open(): Promise<void> {
    if (this.#closing) throw new TransportError('The transport was closed. Make another one.');
    await (this.#opening ??= this.#open());
  }

  async publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    const spool = this.#takes(envelope);
    const startedMs = performance.now();
    if (!this.#goesDirectly(spool, envelope.lane)) return this.#append(spool, envelope, deadlineMs);
    try {
      return await this.#behind.publish(envelope, deadlineMs * DIRECT_SHARE);
    } catch (error) {
      if (!(error instanceof PublishError) || !MENDED.includes(error.failure)) throw error;
      // One lane may be full while others are not; every other failure is likely to be all lanes'.
      if (error.failure !== 'overloaded') this.#isSuspect = true;
      const leftMs = Math.max(0, deadlineMs - (performance.now() - startedMs));
      return await this.#append(spool, envelope, leftMs, error);
    }
  }

  async consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    this.#opened();
    await this.#lasting.opened;
    return this.#behind.consume(options, onBatch);
  }

  notify(notice: Uint8Array): void {
    this.#behind.notify(notice);
  }

  listen(onNotice: (notice: Uint8Array) => void): () => void {
    return this.#behind.listen(onNotice);
  }

  async backlog(): Promise<Backlog> {
    const spool = this.#opened();
    return this.#backlog.read(() => spool.standing());
  }

  /** Forwards what it can. Rejects with `CommandsLeft` when some stay in the spool. */
  close(deadlineMs: number): Promise<void> {
    return (this.#closing ??= this.#close(deadlineMs));
  }

  async #open(): Promise<void> {
    try {
      const spool = await ForwardedSpool.open(this.#options, this.#behind, {
        onForwarded: () => this.#onForwarded(),
        onFailed: (error) => this.#onFailed(error),
      });
      this.#spool = spool;
      this.#isSpooling = !spool.empty;
      const stopWatching = [this.#behind.health.watch(() => this.#onChange()), spool.health.watch(() => this.#tell())];
      this.#unwatch = () => stopWatching.forEach((stop) => stop());
      await this.#lasting.start(OPEN_PATIENCE_MS);
      spool.start();
      this.#tell();
    } catch (error) {
      await this.#giveUp();
      this.health.set({ status: 'down', reason: (error as Error).message });
      throw error;
    }
  }

  /** An `open` that failed may be tried again. */
  async #giveUp(): Promise<void> {
    this.#opening = undefined;
    this.#unwatch();
    await this.#spool?.close(0);
    this.#spool = undefined;
  }

  async #close(deadlineMs: number): Promise<void> {
    this.#lasting.stop();
    // An `open` that failed has told so to whoever opened, and leaves no spool to close.
    await this.#opening?.catch(() => undefined);
    const left = await forwardUntil(deadlineMs, this.#spool, this.#behind);
    clearTimeout(this.#calm);
    this.#unwatch();
    this.health.set({ status: 'down', reason: 'Closed.' });
    if (left.some((count) => count > 0)) throw new CommandsLeft(left, this.#options.directory);
  }

  #takes(envelope: Envelope): ForwardedSpool {
    if (this.#closing) throw new PublishError('not-stored', 'closed', 'The transport is closed.');
    if (!this.#spool) throw new PublishError('not-stored', 'unavailable', 'The transport is not open yet.');
    const { messageBytesMax } = this.guarantees;
    if (envelope.body.byteLength > messageBytesMax) {
      const message = `A body of ${envelope.body.byteLength} bytes is larger than ${messageBytesMax}.`;
      throw new PublishError('not-stored', 'too-large', message, { setting: 'SPOOL_BYTES_MAX' });
    }
    return this.#spool;
  }

  #goesDirectly(spool: ForwardedSpool, lane: number): boolean {
    if (!this.#lasting.isOpen || this.#behind.health.state.status !== 'up' || spool.holds(lane)) return false;
    // A suspect broker is tried by what is spooled; when that is nothing, by whoever comes.
    return !this.#isSuspect || spool.empty;
  }

  async #append(
    spool: ForwardedSpool,
    envelope: Envelope,
    deadlineMs: number,
    before?: PublishError,
  ): Promise<Receipt> {
    try {
      await spool.append(envelope, deadlineMs);
    } catch (error) {
      throw before && error instanceof PublishError ? bothFailed(before, error) : error;
    }
    if (!this.#isSpooling) {
      this.#isSpooling = true;
      this.#tell();
    }
    return SPOOLED;
  }

  #opened(): ForwardedSpool {
    if (this.#closing) throw new TransportError('The transport is closed.');
    if (!this.#spool) throw new TransportError('The transport is not open yet. Await open() first.');
    return this.#spool;
  }

  #onForwarded(): void {
    this.#isSuspect = false;
    this.#failure = undefined;
    if (this.#spool?.empty) this.#calm ??= setTimeout(() => this.#onCalm(), CALM_MS);
  }

  #onCalm(): void {
    this.#calm = undefined;
    this.#isSpooling = this.#spool?.empty === false;
    this.#tell();
  }

  #onFailed(error: unknown): void {
    this.#failure = error instanceof Error ? error.message : String(error);
    this.#tell();
  }

  /** The broker's health changed. */
  #onChange(): void {
    if (this.#behind.health.state.status === 'up') this.#spool?.hurry();
    this.#tell();
  }

  #tell(): void {
    if (!this.#spool || this.#closing) return;
    const [behind, spool] = [this.#behind.health.state, this.#spool.health.state];
    this.health.set(failoverHealth({ behind, spool, spooling: this.#isSpooling, failure: this.#failure }));
  }
}

/** The spool's refusal, which is the last word, unless the broker may have the command all the same. */
function bothFailed(before: PublishError, refusal: PublishError): PublishError {
  const outcome = before.outcome === 'unknown' ? 'unknown' : refusal.outcome;
  const retryAfterMs = refusal.retryAfterMs ?? before.retryAfterMs;
  return new PublishError(outcome, refusal.failure, `${refusal.message} Before that: ${before.message}`, {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(refusal.setting !== undefined && { setting: refusal.setting }),
    cause: refusal,
  });
}
