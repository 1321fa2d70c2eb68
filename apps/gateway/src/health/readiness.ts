import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { LedgerStanding } from '#contracts';
import { REQUESTS, RequestUnavailable, TRANSPORT, type Requests, type Transport } from '#messaging';
import { AcceptanceReporter } from '../metrics/acceptance-reporter.js';
import type { ReadyReport } from './health-report.js';

/** A probe that waits longer is late itself. */
const PROBE_MS_MAX = 1_000;

/** Whether this gateway can do its work, and if not, which part keeps it. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  #stopping = false;

  constructor(
    @Inject(TRANSPORT) private readonly transport: Transport,
    @Inject(REQUESTS) private readonly requests: Requests,
    private readonly reporter: AcceptanceReporter,
  ) {}

  beforeApplicationShutdown(): void {
    this.#stopping = true;
  }

  async report(): Promise<ReadyReport> {
    const [transport, ledger] = await Promise.all([this.#transport(), this.#ledger()]);
    const takes = transport.status === 'up' && !this.#stopping;
    const status = takes ? (ledger.status === 'reached' ? 'ready' : 'degraded') : 'not-ready';
    const gateway = { status: this.#stopping ? ('stopping' as const) : ('up' as const) };
    const { reconciled } = this.reporter;
    return { status, gateway, transport, ledger, ...(reconciled && { reconciliation: reconciled }) };
  }

  async #transport(): Promise<ReadyReport['transport']> {
    const { name, guarantees, health } = this.transport;
    const { state } = health;
    const standing = { name, durability: guarantees.durability, ...state };
    try {
      const { count, bytes, oldestAtMs } = await within(PROBE_MS_MAX, this.transport.backlog());
      const oldestAt = oldestAtMs.value === null ? null : new Date(oldestAtMs.value).toISOString();
      return { ...standing, backlog: { count: count.value, bytes: bytes.value, oldestAt, exact: count.exact } };
    } catch {
      return standing;
    }
  }

  async #ledger(): Promise<ReadyReport['ledger']> {
    try {
      const { retrying, parked, dead } = await this.requests.ask(LedgerStanding, {}, PROBE_MS_MAX);
      return { status: 'reached', retrying, parked, dead };
    } catch (error) {
      const reason = error instanceof RequestUnavailable ? error.message : 'Persistence failed to answer; see its log.';
      return { status: 'unavailable', reason };
    }
  }
}

async function within<Value>(deadlineMs: number, work: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`No answer within ${deadlineMs} ms.`)), deadlineMs);
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
