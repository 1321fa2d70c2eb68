import { TRANSPORT, type Transport } from '#messaging';
import { Inject, Injectable } from '@nestjs/common';

import { Persistence, type PersistencePhase } from '../persistence.js';
import { RequestDatabase } from '../requests/request-database.js';

export interface ReadyReport {
  readonly status: 'ready' | 'not-ready';
  readonly persistence: PersistencePhase;
  readonly transport: {
    readonly name: string;
    readonly status: 'up' | 'blocked' | 'down';
    readonly reason?: string;
  };
  readonly database: DatabaseReport;
}

interface DatabaseReport {
  readonly status: 'reached' | 'unavailable';
  readonly reason?: string;
  /** Whether this process has seen its tables up to date, and the number of lanes agree. */
  readonly migrated: boolean;
}

/** Whether this process applies commands, and if not, which part keeps it. */
@Injectable()
export class Readiness {
  constructor(
    private readonly persistence: Persistence,
    private readonly requests: RequestDatabase,
    @Inject(TRANSPORT) private readonly transport: Transport,
  ) {}

  async report(): Promise<ReadyReport> {
    const { name, health } = this.transport;
    const transport = { name, ...health.state };
    const database = await this.#database();
    const persistence = this.persistence.phase;
    // A transport that takes nothing in can still be emptied.
    const ready = persistence === 'applying' && database.status === 'reached' && transport.status !== 'down';
    return { status: ready ? 'ready' : 'not-ready', persistence, transport, database };
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
