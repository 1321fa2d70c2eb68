import {
  CommandsLeft,
  HealthSignal,
  PublishError,
  TransportError,
  type Backlog,
  type ConsumeOptions,
  type Consumer,
  type Envelope,
  type Guarantees,
  type OnBatch,
  type Receipt,
  type Transport,
} from '#messaging';
import { Spool, type SpoolOptions } from '#spool';
import { FailoverBacklog } from './failover-backlog.js';
import { forwardUntil } from './forward-until.js';
import { ForwardedSpool } from './forwarded-spool.js';

/** What the emptied spool has to give its file up, while commands go on. */
const RELEASE_MS = 10_000;
/** How much of its deadline a publish waits for its lane; the rest is for the broker. */
const WAIT_SHARE = 0.5;
/** When a caller whose lane is not forwarded yet should come back. */
const RETRY_AFTER_MS = 2_000;

/**
 * A broker without a spool, started where an earlier run left commands in one: as another transport, or with
 * `SPOOL=failover`. They are forwarded first, each lane's before any new command of that lane; nothing new is spooled.
 */
export class LeftoverTransport implements Transport {
  readonly name: string;
  readonly guarantees: Guarantees;
  readonly health = new HealthSignal();
  readonly #behind: Transport;
  readonly #options: SpoolOptions;
  readonly #backlog: FailoverBacklog;
  #leftover: ForwardedSpool | undefined;
  #releasing: Promise<void> | undefined;
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #unwatch: () => void = () => undefined;

  constructor(behind: Transport, options: SpoolOptions) {
    this.name = behind.name;
    this.guarantees = behind.guarantees;
    this.#behind = behind;
    this.#options = options;
    this.#backlog = new FailoverBacklog(behind, options);
  }

  /** Rejects as the broker does, and as the spool does where there is one. */
  async open(): Promise<void> {
    if (this.#closing) throw new TransportError('The transport was closed. Make another one.');
    await (this.#opening ??= this.#open());
  }

  publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    const leftover = this.#leftover;
    if (leftover || this.#closing) return this.#publishBehind(leftover, envelope, deadlineMs);
    return this.#behind.publish(envelope, deadlineMs);
  }

  async #publishBehind(leftover: ForwardedSpool | undefined, envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    const startedMs = performance.now();
    if (leftover?.holds(envelope.lane)) await this.#waitFor(leftover, envelope.lane, deadlineMs);
    if (this.#closing) throw new PublishError('not-stored', 'closed', 'The transport is closed.');
    return this.#behind.publish(envelope, deadlineMs - (performance.now() - startedMs));
  }

  consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    return this.#behind.consume(options, onBatch);
  }

  notify(notice: Uint8Array): void {
    this.#behind.notify(notice);
  }

  listen(onNotice: (notice: Uint8Array) => void): () => void {
    return this.#behind.listen(onNotice);
  }

  backlog(): Promise<Backlog> {
    const leftover = this.#leftover;
    return leftover ? this.#backlog.read(() => leftover.standing()) : this.#behind.backlog();
  }

  /** Forwards what it can. Rejects with `CommandsLeft` when some stay in the spool. */
  close(deadlineMs: number): Promise<void> {
    return (this.#closing ??= this.#close(deadlineMs));
  }

  async #open(): Promise<void> {
    try {
      this.#unwatch = this.#behind.health.watch(() => this.#onChange());
      this.#leftover = await this.#findLeftover();
      await this.#behind.open();
      this.#leftover?.start();
      this.#onChange();
    } catch (error) {
      this.#opening = undefined;
      this.#unwatch();
      await this.#leftover?.close(0);
      this.#leftover = undefined;
      this.health.set({ status: 'down', reason: (error as Error).message });
      throw error;
    }
  }

  /** The spool, where there is one with commands in it. */
  async #findLeftover(): Promise<ForwardedSpool | undefined> {
    if (!Spool.isIn(this.#options.directory)) return undefined;
    const leftover = await ForwardedSpool.open(this.#options, this.#behind, {
      onForwarded: () => this.#onForwarded(),
      onFailed: () => undefined,
    });
    if (!leftover.empty) return leftover;
    await leftover.close(0);
    return undefined;
  }

  async #close(deadlineMs: number): Promise<void> {
    const left = await forwardUntil(deadlineMs, this.#leftover, this.#behind);
    // An `open` that waited for the broker ends with it, and has told its caller so.
    await this.#opening?.catch(() => undefined);
    await this.#releasing;
    this.#unwatch();
    this.health.set({ status: 'down', reason: 'Closed.' });
    if (left.some((count) => count > 0)) throw new CommandsLeft(left, this.#options.directory);
  }

  async #waitFor(leftover: ForwardedSpool, lane: number, deadlineMs: number): Promise<void> {
    if (await leftover.emptied(deadlineMs * WAIT_SHARE, lane)) return;
    const message = `What an earlier run left in the spool of lane ${lane} is forwarded first. Try again later.`;
    throw new PublishError('not-stored', 'unavailable', message, { retryAfterMs: RETRY_AFTER_MS });
  }

  #onForwarded(): void {
    const leftover = this.#leftover;
    if (!leftover?.empty || this.#closing) return;
    this.#leftover = undefined;
    this.#releasing = leftover.close(RELEASE_MS);
    this.#onChange();
  }

  #onChange(): void {
    if (this.#closing) return;
    const { state } = this.#behind.health;
    if (state.status === 'up') this.#leftover?.hurry();
    const reason = `It forwards what an earlier run left in the spool ${this.#options.directory}.`;
    this.health.set(state.status === 'up' && this.#leftover ? { status: 'up', reason } : state);
  }
}
