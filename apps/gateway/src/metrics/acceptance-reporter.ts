import { ReportAccepted, type Reconciled } from '#contracts';
import { REQUESTS, TRANSPORT, type Requests, type Transport } from '#messaging';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PublishMeter } from './publish-meter.js';
import { ReportedAccount } from './reported-account.js';

const REPORT_MS = 1_000;
/** A last report that takes longer is given up: its commands are then a surplus of the books. */
const LAST_REPORT_MS_MAX = 1_000;

/** Tells persistence every second how much this gateway has accepted, so that the books of all gateways can be compared. */
@Injectable()
export class AcceptanceReporter implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #account = new ReportedAccount();
  readonly #meter: PublishMeter;
  readonly #transport: Transport;
  readonly #requests: Requests;
  #reconciled: Reconciled | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reporting: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(@Inject(TRANSPORT) transport: Transport, @Inject(REQUESTS) requests: Requests, meter: PublishMeter) {
    this.#transport = transport;
    this.#requests = requests;
    this.#meter = meter;
  }

  /** What persistence answered to the last report; undefined while it does not answer. */
  get reconciled(): Reconciled | undefined {
    return this.#reconciled;
  }

  onApplicationBootstrap(): void {
    this.#reportLater();
  }

  /** The server has closed: nothing is accepted any more. */
  async onApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#reporting;
    await this.#report(LAST_REPORT_MS_MAX);
  }

  #reportLater(): void {
    this.#timer = setTimeout(() => {
      this.#reporting = this.#report(REPORT_MS).then(() => {
        if (!this.#stopped) this.#reportLater();
      });
    }, REPORT_MS);
  }

  /** What was accepted is read first: a command that then moves on is seen to wait, or is in the ledger. */
  async #report(deadlineMs: number): Promise<void> {
    const { gateway, accepted } = this.#account.report(this.#meter.lanes, performance.now());
    try {
      const backlog = await this.#transport.backlog();
      const lanes = accepted.map((count, lane) => ({ accepted: count, waiting: backlog.lanes[lane] ?? 0 }));
      this.#reconciled = await this.#requests.ask(ReportAccepted, { gateway, lanes }, deadlineMs);
      this.#account.answered(performance.now());
    } catch {
      // Whatever keeps it is told by health; the next report has the same totals and more.
      this.#reconciled = undefined;
    }
  }
}
