import { Database } from '../database/database.js';
import { entities } from '../entities.js';
import type { Command, Unit } from '../handling/handler.js';
import { RequestDatabase } from './request-database.js';

/** What a handler told its unit of, and what it returned. */
export interface Handled<Result> {
  readonly result: Result;
  readonly rejected: ReadonlyMap<string, string>;
}

/** A spec's database with all tables, and the two ways to it that the product has. */
export class MigratedDatabase {
  private constructor(
    private readonly testDatabase: { readonly url: string; drop(): Promise<void> },
    readonly database: Database,
    readonly requests: RequestDatabase,
  ) {}

  static async of(testDatabase: { readonly url: string; drop(): Promise<void> }): Promise<MigratedDatabase> {
    const { url } = testDatabase;
    const database = new Database({ url, lanes: 16, entities });
    await database.open();
    const requests = new RequestDatabase({ url, entities, connectionsMax: 2, timeoutMs: 5_000 });
    return new MigratedDatabase(testDatabase, database, requests);
  }

  get url(): string {
    return this.testDatabase.url;
  }

  query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.database.query<Row>(text, values);
  }

  /** Runs a handler's work in a committed transaction, as the engine would. */
  async handle<Result>(work: (unit: Unit) => Promise<Result>): Promise<Handled<Result>> {
    const rejected = new Map<string, string>();
    const { signal } = new AbortController();
    const reject = (command: Command, code: string) => void rejected.set(command.id, code);
    const result = await this.database.inTransaction(({ manager }) => work({ manager, signal, reject }));
    return { result, rejected };
  }

  async drop(): Promise<void> {
    await this.requests.close();
    await this.database.close();
    await this.testDatabase.drop();
  }
}

/** A command as a handler sees it, with an id of its own. */
export function commandOf<Payload>(type: string, payload: Payload, id: string = crypto.randomUUID()): Command<Payload> {
  return { id, type, key: '', payload, attempt: 1, acceptedAt: new Date() };
}
