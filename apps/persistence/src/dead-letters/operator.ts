import type { DeadLetterFilter } from '#contracts';
import { Inject, Injectable } from '@nestjs/common';

import { Database } from '../database/database.js';
import { discardLine, replayLine, type Operated, type OperatorAction } from '../ledger/operate.js';
import { RequestDatabase } from '../requests/request-database.js';
import { conditionOf } from './dead-letter-filter.js';

/** How long one call goes on replaying. Callers wait for its answer only some seconds, and may call again. */
const REPLAY_MS_MAX = 3_000;

/** The injection token of what has retries that are due now run at once, instead of within a second. */
export const WAKE_RETRIES = Symbol('wake the retries');

/** What operators do to dead letters. Each change is a short transaction of its own with an audit line. */
@Injectable()
export class Operator {
  constructor(
    private readonly requests: RequestDatabase,
    private readonly database: Database,
    @Inject(WAKE_RETRIES) private readonly wakeRetries: () => void,
  ) {}

  async replay(commandId: string, action: OperatorAction): Promise<Operated> {
    await this.#assertDatabaseAnswers();
    const operated = await replayLine(this.database, commandId, action);
    this.wakeRetries();
    return operated;
  }

  async discard(commandId: string, action: OperatorAction): Promise<Operated> {
    await this.#assertDatabaseAnswers();
    const operated = await discardLine(this.database, commandId, action);
    this.wakeRetries();
    return operated;
  }

  /** How many letters the filter matches; those that no handler could run are not counted. */
  async countReplayable(filter: DeadLetterFilter): Promise<number> {
    const { sql, values } = conditionOf(filter);
    const [counted] = await this.requests.read((manager) =>
      manager.query<[{ total: number }]>(
        `SELECT count(*)::int AS total FROM command_ledger l WHERE ${sql} AND l.type IS NOT NULL`,
        [...values],
      ),
    );
    return counted.total;
  }

  /** Replays in the order of arrival, until the limit or its time is reached. Returns how many this call replayed. */
  async replayMany(filter: DeadLetterFilter, limit: number, action: OperatorAction): Promise<number> {
    const { sql, values } = conditionOf(filter);
    const letters = await this.requests.read((manager) =>
      manager.query<{ id: string }[]>(
        `SELECT l.id FROM command_ledger l WHERE ${sql} AND l.type IS NOT NULL
         ORDER BY l.position LIMIT $${values.length + 1}`,
        [...values, limit],
      ),
    );
    const endsAt = performance.now() + REPLAY_MS_MAX;
    let replayed = 0;
    try {
      for (const { id } of letters) {
        if (performance.now() > endsAt) break;
        const { outcome } = await replayLine(this.database, id, action);
        if (outcome === 'done') replayed++;
      }
    } finally {
      this.wakeRetries();
    }
    return replayed;
  }

  /** The engine's connections wait patiently for a frozen server; whoever asks must hear of it at once. */
  async #assertDatabaseAnswers(): Promise<void> {
    await this.requests.read((manager) => manager.query('SELECT 1'));
  }
}
