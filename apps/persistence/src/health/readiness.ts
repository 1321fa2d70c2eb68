import { TRANSPORT, type Transport } from '#messaging';
import { Inject, Injectable } from '@nestjs/common';

import { Persistence, type PersistencePhase } from '../persistence.js';
import { Reconciliation } from '../reconciliation/reconciliation.js';
import { RequestDatabase } from '../requests/request-database.js';
import { reconciliationReport, type ReconciliationReport } from './reconciliation-report.js';

export interface ReadyReport {
  readonly status: 'ready' | 'not-ready';
  readonly persistence: PersistencePhase;
  readonly transport: TransportReport;
  /** What `DRAIN_FROM` names. Once it is drained it may go, so that it says nothing about being ready. */
  readonly drained?: TransportReport;
  readonly database: DatabaseReport;
  /** Absent while it cannot be read. */
  readonly reconciliation?: ReconciliationReport;
}

interface TransportReport {
  readonly name: string;
  readonly status: 'up' | 'blocked' | 'down';
  readonly reason?: string;
}

interface DatabaseReport {
  readonly status: 'reached' | 'unavailable';
  readonly reason?: string;
  /** Whether this process has seen its tables up to date, and the number of lanes agree. */
  readonly migrated: boolean;
}

/** The injection token of the transport that is being left; null where there is none. */
export const DRAINED = Symbol('Drained');

/** Whether this process applies commands, and if not, which part keeps it. */
@Injectable()
export class Readiness {
  constructor(
    private readonly persistence: Persistence,
    private readonly requests: RequestDatabase,
    private readonly reconciliation: Reconciliation,
    @Inject(TRANSPORT) private readonly transport: Transport,
    @Inject(DRAINED) private readonly drained: Pick<Transport, 'name' | 'health'> | null,
  ) {}

  async report(): Promise<ReadyReport> {
    const transport = reportOf(this.transport);
    const drained = this.drained && { drained: reportOf(this.drained) };
    const database = await this.#database();
    const persistence = this.persistence.phase;
    // A transport that takes nothing in can still be emptied.
    const ready = persistence === 'applying' && database.status === 'reached' && transport.status !== 'down';
    const reconciliation = database.status === 'reached' ? await reconciliationReport(this.reconciliation) : undefined;
    const status = ready ? 'ready' : 'not-ready';
    return { status, persistence, transport, ...drained, database, ...(reconciliation && { reconciliation }) };
  }

  /** Asks the database itself, so that what is told is of now. */
  async #database(): Promise<DatabaseReport> {
    const { migrated } = this.persistence;
    try {
      await this.requests.read((manager) => manager.query('SELECT'));
      return { status: 'reached', migrated };
    } catch (error) {
      return { status: 'unavailable', reason: error instanceof Error ? error.message : String(error), migrated };
    }
  }
}

function reportOf({ name, health }: Pick<Transport, 'name' | 'health'>): TransportReport {
  return { name, ...health.state };
}
