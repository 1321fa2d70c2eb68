import { LedgerStanding } from '#contracts';
import { REQUESTS, RequestUnavailable, TRANSPORT, type Requests, type Transport } from '#messaging';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { problemOf } from '../http/problem-catalogue.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../settings.js';
import { NetDrain } from './net-drain.js';
import { retryAfterSeconds } from './retry-after.js';
import { WaterGate } from './water-gate.js';

const SAMPLE_MS = 1_000;

/**
 * Refuses commands while too many wait, in all or in their lane: a soft bound, looked at once a second. The hard one is the
 * transport's own.
 */
@Injectable()
export class Admission implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #transport: Transport;
  readonly #requests: Requests;
  readonly #whole: WaterGate;
  readonly #lanes: readonly WaterGate[];
  readonly #drain = new NetDrain(performance.now());
  readonly #log = new Logger(Admission.name);
  /** Retrying and parked commands as last read: while the ledger is out of reach, their number stays what it was. */
  #inLedger = 0;
  #waiting = 0;
  #laneWaiting: readonly number[] = [];
  /** The last look at the backlog failed, and the log has been told. */
  #unread = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    @Inject(TRANSPORT) transport: Transport,
    @Inject(REQUESTS) requests: Requests,
    @Inject(GATEWAY_SETTINGS) settings: GatewaySettings,
  ) {
    this.#transport = transport;
    this.#requests = requests;
    this.#whole = new WaterGate(settings.BACKLOG_MAX, settings.BACKLOG_LOW);
    const lane = () => new WaterGate(settings.LANE_BACKLOG_MAX, settings.LANE_BACKLOG_LOW);
    this.#lanes = Array.from({ length: settings.LANES }, lane);
  }

  onApplicationBootstrap(): void {
    void this.#sampleAgainAndAgain();
  }

  onApplicationShutdown(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Throws a 503 problem with `Retry-After` while the lane or the whole has too much waiting. */
  admit(lane: number): void {
    if (!this.#whole.open) throw this.#refusal(`${this.#waiting} commands wait`, this.retryAfterSeconds());
    const gate = this.#lanes[lane];
    if (gate && !gate.open) {
      const waiting = this.#laneWaiting[lane] ?? 0;
      throw this.#refusal(
        `${waiting} commands wait in the lane of this key`,
        this.#laneRetryAfterSeconds(gate, waiting),
      );
    }
  }

  /** When to come back, for callers that the transport itself has refused too. */
  retryAfterSeconds(): number {
    return retryAfterSeconds(this.#whole.excess, this.#drain.perSecond(performance.now()), Math.random());
  }

  /** Reads the backlog now. */
  async sample(): Promise<void> {
    const [backlog, inLedger] = await Promise.all([this.#transport.backlog(), this.#readLedger()]);
    this.#inLedger = inLedger;
    this.#waiting = backlog.count.value + inLedger;
    this.#drain.note(this.#waiting, performance.now());
    this.#laneWaiting = backlog.lanes;
    this.#whole.update(this.#waiting);
    for (const [lane, gate] of this.#lanes.entries()) gate.update(backlog.lanes[lane] ?? 0);
  }

  #laneRetryAfterSeconds(gate: WaterGate, waiting: number): number {
    const total = this.#laneWaiting.reduce((sum, count) => sum + count, 0);
    const share = total === 0 ? 0 : waiting / total;
    return retryAfterSeconds(gate.excess, this.#drain.perSecond(performance.now()) * share, Math.random());
  }

  #refusal(what: string, seconds: number) {
    return problemOf('overloaded', {
      detail: `${what}, and that is the bound. Nothing was stored; repeat the request in ${seconds} s.`,
      headers: { 'retry-after': String(seconds) },
    });
  }

  async #sampleAgainAndAgain(): Promise<void> {
    try {
      await this.sample();
      this.#unread = false;
    } catch (error) {
      if (!this.#unread) this.#log.warn(`The backlog cannot be read, so admission stays as it was: ${String(error)}`);
      this.#unread = true;
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#sampleAgainAndAgain(), SAMPLE_MS);
  }

  async #readLedger(): Promise<number> {
    try {
      const { retrying, parked } = await this.#requests.ask(LedgerStanding, {}, SAMPLE_MS);
      return retrying + parked;
    } catch (error) {
      if (error instanceof RequestUnavailable) return this.#inLedger;
      throw error;
    }
  }
}
