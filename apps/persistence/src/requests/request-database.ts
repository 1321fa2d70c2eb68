import { RequestUnavailable } from '#messaging';
import type { PoolClient } from 'pg';
import { DataSource, type DataSourceOptions, type EntityManager, type QueryRunner } from 'typeorm';

import { HeardClient } from '../database/heard-client.js';
import { asRequestError } from './request-error.js';

export interface RequestDatabaseOptions {
  readonly url: string;
  readonly entities: NonNullable<DataSourceOptions['entities']>;
  readonly connectionsMax: number;
  /** The longest that one read may take, waiting for a connection included. */
  readonly timeoutMs: number;
}

type EndableClient = PoolClient & { end(): Promise<void> };

/**
 * The connections that requests are answered from: few, and apart from the engine's, so that neither a long batch nor a frozen
 * server holds an answer for longer than `timeoutMs`. Opens at the first use and again after every failure.
 */
export class RequestDatabase {
  #opening: Promise<DataSource> | undefined;
  #closed = false;

  constructor(private readonly options: RequestDatabaseOptions) {}

  /** Rejects with `RequestUnavailable`, by the timeout at the latest, when the database does not answer. */
  async read<Value>(work: (manager: EntityManager) => Promise<Value>): Promise<Value> {
    const { timeoutMs } = this.options;
    const late = Promise.withResolvers<never>();
    const overdue = new AbortController();
    const timer = setTimeout(() => {
      late.reject(new RequestUnavailable(`The database has not answered within ${timeoutMs} ms.`));
      overdue.abort();
    }, timeoutMs);
    try {
      return await Promise.race([this.#run(work, overdue.signal), late.promise]);
    } catch (error) {
      throw asRequestError(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const opening = this.#opening;
    this.#opening = undefined;
    const source = await opening?.catch(() => undefined);
    await source?.destroy();
  }

  async #run<Value>(work: (manager: EntityManager) => Promise<Value>, overdue: AbortSignal): Promise<Value> {
    const { runner, client } = await this.#connect();
    // Ending a client with a query under way destroys its socket, which is what frees us from a frozen server.
    const destroy = () => void client.end().catch(() => undefined);
    overdue.addEventListener('abort', destroy);
    try {
      overdue.throwIfAborted();
      return await work(runner.manager);
    } finally {
      overdue.removeEventListener('abort', destroy);
      await runner.release();
    }
  }

  async #connect(): Promise<{ runner: QueryRunner; client: EndableClient }> {
    if (this.#closed) throw new RequestUnavailable('Persistence is shutting down.');
    this.#opening ??= this.#open();
    const opening = this.#opening;
    try {
      const runner = (await opening).createQueryRunner();
      return { runner, client: (await runner.connect()) as EndableClient };
    } catch (cause) {
      throw new RequestUnavailable(`No connection to the database: ${String(cause)}`, { cause });
    }
  }

  async #open(): Promise<DataSource> {
    const { url, entities, connectionsMax, timeoutMs } = this.options;
    const source = new DataSource({
      type: 'postgres',
      url,
      entities,
      poolSize: connectionsMax,
      connectTimeoutMS: timeoutMs,
      applicationName: 'sluice-requests',
      // The pool replaces a connection that broke while idle; the next read tells whether the database is away.
      poolErrorHandler: () => undefined,
      extra: { Client: HeardClient, statement_timeout: timeoutMs, query_timeout: timeoutMs, keepAlive: true },
    });
    try {
      return await source.initialize();
    } catch (error) {
      this.#opening = undefined;
      await source.driver.disconnect().catch(() => undefined);
      throw error;
    }
  }
}
