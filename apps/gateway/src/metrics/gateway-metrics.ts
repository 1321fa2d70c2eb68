import { TRANSPORT, type Measured, type Transport } from '#messaging';
import { Exposition, ShownMetrics, type Sample } from '#starting';
import { Inject, Injectable } from '@nestjs/common';
import { OperationStreams } from '../operations/operation-streams.js';
import { OutcomeWaiters } from '../operations/outcome-waiters.js';
import { AcceptanceReporter } from './acceptance-reporter.js';
import { BacklogView } from './backlog-view.js';
import { PublishMeter } from './publish-meter.js';

const MS_PER_S = 1_000;
const HEALTH_STATES = ['up', 'blocked', 'down'] as const;

/** What the gateway shows at `/metrics`. */
@Injectable()
export class GatewayMetrics {
  readonly #shown = new ShownMetrics();

  constructor(
    meter: PublishMeter,
    waiters: OutcomeWaiters,
    streams: OperationStreams,
    backlog: BacklogView,
    reporter: AcceptanceReporter,
    @Inject(TRANSPORT) transport: Transport,
    exposition: Exposition,
  ) {
    this.#showPublishing(meter);
    this.#showCallers(waiters, streams);
    this.#showBacklog(backlog);
    this.#showHealth(transport, reporter);
    exposition.add(this.#shown.registry);
  }

  #showPublishing(meter: PublishMeter): void {
    this.#shown.counter(
      {
        name: 'sluice_commands_accepted_total',
        help: 'Commands stored by the transport, each answered with 202 or its outcome.',
        labelNames: ['type', 'durability'],
      },
      () => [...meter.acceptedByType()].map(({ count, type, durability }): Sample => [count, { type, durability }]),
    );
    this.#shown.counter(
      {
        name: 'sluice_commands_refused_total',
        help: 'Commands that were not stored; with reason unknown, ones that may have been.',
        labelNames: ['reason'],
      },
      () => [...meter.refusals].map(([reason, count]): Sample => [count, { reason }]),
    );
    this.#shown.add(meter.publishSeconds);
  }

  #showCallers(waiters: OutcomeWaiters, streams: OperationStreams): void {
    this.#shown.gauge(
      { name: 'sluice_operations_waited_for', help: 'Commands whose outcome a request waits for.' },
      () => [[waiters.count]],
    );
    this.#shown.gauge({ name: 'sluice_event_streams_open', help: 'Event streams of operations.' }, () => [
      [streams.count],
    ]);
  }

  #showBacklog(view: BacklogView): void {
    const shown = this.#shown;
    const exactness = { labelNames: ['exact'] };
    const sample = ({ value, exact }: Measured<number>): Sample[] => [[value, { exact: String(exact) }]];
    shown.gauge(
      { name: 'sluice_backlog_commands', help: 'Commands that wait in the transport.', ...exactness },
      async () => sample((await view.read()).count),
    );
    shown.gauge(
      { name: 'sluice_backlog_bytes', help: 'Bytes of what waits in the transport.', ...exactness },
      async () => sample((await view.read()).bytes),
    );
    shown.gauge(
      { name: 'sluice_backlog_oldest_seconds', help: 'Age of what waits longest; 0 when nothing does.', ...exactness },
      async () => {
        const { value, exact } = (await view.read()).oldestAtMs;
        return sample({ value: value === null ? 0 : Math.max(0, Date.now() - value) / MS_PER_S, exact });
      },
    );
    shown.gauge(
      { name: 'sluice_lane_backlog_commands', help: 'Commands that wait in each lane.', labelNames: ['lane'] },
      async () => (await view.read()).lanes.map((count, lane): Sample => [count, { lane }]),
    );
  }

  #showHealth({ health }: Transport, reporter: AcceptanceReporter): void {
    this.#shown.gauge(
      { name: 'sluice_transport_status', help: '1 for the status that the transport has.', labelNames: ['status'] },
      () => HEALTH_STATES.map((status): Sample => [health.state.status === status ? 1 : 0, { status }]),
    );
    this.#shown.gauge(
      { name: 'sluice_ledger_reached', help: '1 while persistence answers with its database at hand.' },
      () => [[reporter.reconciled ? 1 : 0]],
    );
  }
}
