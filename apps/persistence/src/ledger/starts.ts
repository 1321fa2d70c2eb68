import type { Database } from '../database/database.js';
import type { Transaction } from '../database/transaction.js';
import { uuidArray } from './text.js';

/**
 * Marks of commands whose handler was started: committed before it runs, removed when it has ended in whatever way. A mark that
 * this process did not set, found under the lane's lock, is of a run that never ended.
 */
export class StartMarks {
  readonly #database: Database;
  readonly #instance: string;
  /** Marks that this process has set and that may still be there, after a rollback for instance. */
  readonly #own = new Set<string>();

  constructor(database: Database, instance: string) {
    this.#database = database;
    this.#instance = instance;
  }

  /** Marks all of them, unless one was started before and never ended: then none, and those are returned. */
  async markUnlessSuspect(ids: readonly string[]): Promise<string[]> {
    const others = this.#notOwn(ids);
    if (others.length === 0) return [];
    const suspects = await this.#database.query<{ id: string }>(
      `WITH known AS (SELECT id FROM command_start WHERE id = ANY ($1::uuid[])),
       marked AS (
         INSERT INTO command_start (id, instance) SELECT id, $2 FROM UNNEST($1::uuid[]) AS ids (id)
         WHERE NOT EXISTS (SELECT FROM known) ORDER BY id
       )
       SELECT id FROM known`,
      [uuidArray(others), this.#instance],
    );
    if (suspects.length === 0) this.#remember(others);
    return suspects.map((row) => row.id);
  }

  /** Marks one more start of a command and returns how often it was started before and never ended. */
  async markAgain(id: string): Promise<number> {
    if (this.#own.has(id)) return 0;
    const [row] = await this.#database.query<{ starts: number }>(
      `INSERT INTO command_start AS s (id, instance) VALUES ($1, $2)
       ON CONFLICT (id) DO UPDATE SET starts = s.starts + 1, instance = excluded.instance, started_at = now()
       RETURNING starts`,
      [id, this.#instance],
    );
    this.#remember([id]);
    return (row?.starts ?? 1) - 1;
  }

  /** Removes marks in the transaction that settles their commands. Call `forget` once it has committed. */
  async remove(transaction: Transaction, ids: readonly string[]): Promise<void> {
    await transaction.query(`DELETE FROM command_start WHERE id = ANY ($1::uuid[])`, [uuidArray(ids)]);
  }

  forget(ids: readonly string[]): void {
    for (const id of ids) this.#own.delete(id);
  }

  /** Takes back the marks of what this process gives up without having ended it; best effort, a mark left costs a lone run. */
  async takeBack(): Promise<void> {
    const ids = [...this.#own];
    if (ids.length === 0) return;
    await this.#database
      .query(
        `WITH taken AS (UPDATE command_start SET starts = starts - 1 WHERE id = ANY ($1::uuid[]) AND starts > 1 RETURNING id)
         DELETE FROM command_start WHERE id = ANY ($1::uuid[]) AND starts = 1 AND id NOT IN (SELECT id FROM taken)`,
        [uuidArray(ids)],
      )
      .then(
        () => this.forget(ids),
        () => undefined,
      );
  }

  #notOwn(ids: readonly string[]): string[] {
    return ids.filter((id) => !this.#own.has(id));
  }

  #remember(ids: readonly string[]): void {
    for (const id of ids) this.#own.add(id);
  }
}
