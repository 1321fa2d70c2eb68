import { ledgerState } from '#contracts';
import { Exposition, ShownMetrics, type Sample } from '#starting';
import { Injectable } from '@nestjs/common';

import { Database } from '../database/database.js';
import { Persistence } from '../persistence.js';
import type { LaneBalance } from '../reconciliation/equation.js';
import { Reconciliation } from '../reconciliation/reconciliation.js';
import { EngineMeter } from './engine-meter.js';

/** What persistence shows at `/metrics`. */
@Injectable()
export class PersistenceMetrics {
  readonly #shown = new ShownMetrics();

  constructor(
    meter: EngineMeter,
    persistence: Persistence,
    database: Database,
    reconciliation: Reconciliation,
    exposition: Exposition,
  ) {
    this.#showEngine(meter);
    this.#showDatabase(persistence, database);
    this.#showLanes(reconciliation);
    this.#showLedger(reconciliation);
    exposition.add(this.#shown.registry);
  }

  /** Of this process, since its start. */
  #showEngine(meter: EngineMeter): void {
    const shown = this.#shown;
    shown.counter(
      { name: 'sluice_deliveries_total', help: 'Deliveries settled by this process.', labelNames: ['lane'] },
      () => meter.deliveries.map((count, lane): Sample => [count, { lane }]),
    );
    shown.counter(
      {
        name: 'sluice_ledger_lines_total',
        help: 'Ledger lines that this process has brought to each state.',
        labelNames: ['state'],
      },
      () => ledgerState.options.map((state): Sample => [meter.lines[state], { state }]),
    );
    const total = (name: string, help: string, count: () => number) => shown.counter({ name, help }, () => [[count()]]);
    total('sluice_duplicates_total', 'Deliveries of a command that another request had made.', () => meter.duplicates);
    total('sluice_redeliveries_total', 'Deliveries that the transport repeated.', () => meter.redelivered);
    total('sluice_retries_total', 'Due commands that this process has looked at again.', () => meter.retries);
    shown.add(meter.batchSizes);
    shown.add(meter.batchSeconds);
  }

  #showDatabase(persistence: Persistence, database: Database): void {
    const flag = (name: string, help: string, isSo: () => boolean) =>
      this.#shown.gauge({ name, help }, () => [[isSo() ? 1 : 0]]);
    flag('sluice_applying', '1 while this process applies commands.', () => persistence.phase === 'applying');
    flag(
      'sluice_database_breaker_open',
      '1 while the database is away and commands wait for it.',
      () => persistence.phase === 'waiting',
    );
    this.#shown.gauge(
      {
        name: 'sluice_database_connections',
        help: "The engine's database connections; awaited: transactions that wait for one.",
        labelNames: ['use'],
      },
      () => Object.entries(database.connections).map(([use, count]): Sample => [count as number, { use }]),
    );
  }

  /** Of the whole installation: every persistence process shows the same. */
  #showLanes(reconciliation: Reconciliation): void {
    const byLane = (name: string, help: string, count: (lane: LaneBalance) => number) =>
      this.#shown.gauge({ name, help, labelNames: ['lane'] }, async () => {
        const { lanes } = await reconciliation.read();
        return lanes.map((lane): Sample => [count(lane), { lane: lane.lane }]);
      });
    byLane('sluice_lane_accepted', 'Commands that gateways have reported as accepted.', (lane) => lane.accepted);
    byLane('sluice_lane_elsewhere', 'Deliveries that no gateway accepted.', (lane) => lane.elsewhere);
    byLane('sluice_lane_waiting', 'Commands that wait in the transport.', (lane) => lane.waiting);
    byLane('sluice_lane_duplicates', 'Deliveries whose command another request had made.', (lane) => lane.duplicates);
    byLane('sluice_reconciliation_missing', 'Accepted, neither accounted for nor waiting.', (lane) => lane.missing);
    byLane('sluice_reconciliation_surplus', 'Accounted for or waiting, reported by nobody.', (lane) => lane.surplus);
    byLane('sluice_reconciliation_stray', 'Ledger lines that the books do not explain.', (lane) => lane.stray);
    byLane('sluice_retries_due', 'Retrying commands whose time has come.', (lane) => lane.due);
    this.#shown.gauge(
      {
        name: 'sluice_reconciliation_holds',
        help: '0 once commands have been missing, or lines stray, for 10 s; absent while that is unknown.',
      },
      async () => [[(await reconciliation.read()).holds ? 1 : 0]],
    );
  }

  #showLedger(reconciliation: Reconciliation): void {
    this.#shown.gauge(
      {
        name: 'sluice_ledger_commands',
        help: 'Commands in each state; in final ones, as many as ever came there.',
        labelNames: ['lane', 'state'],
      },
      async () => {
        const { lanes } = await reconciliation.read();
        return lanes.flatMap(({ lane, states }) =>
          ledgerState.options.map((state): Sample => [states[state], { lane, state }]),
        );
      },
    );
  }
}
