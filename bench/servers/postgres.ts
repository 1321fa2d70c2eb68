import { startEmbeddedPostgres, type EmbeddedPostgres } from '#embedded';
import { freePort } from '#testing';
import { Client, escapeIdentifier } from 'pg';

/** One PostgreSQL for all systems, a database for each. It notes when each transaction committed, which is how we time. */
export class BenchPostgres {
  #server: EmbeddedPostgres;
  #running = true;

  private constructor(
    server: EmbeddedPostgres,
    private readonly dataDir: string,
    private readonly port: number,
  ) {
    this.#server = server;
  }

  static async start(dataDir: string): Promise<BenchPostgres> {
    const port = await freePort();
    const postgres = new BenchPostgres(await startEmbeddedPostgres({ dataDir, port }), dataDir, port);
    await onServer(postgres.#server.url, 'ALTER SYSTEM SET track_commit_timestamp = on');
    await postgres.#server.stop();
    await postgres.restart();
    return postgres;
  }

  get pid(): number {
    return this.#server.postmasterPid;
  }

  urlOf(database: string): string {
    const url = new URL(this.#server.url);
    url.pathname = `/${database}`;
    return url.href;
  }

  /** Makes it anew. */
  async createDatabase(database: string): Promise<void> {
    await onServer(this.#server.url, `DROP DATABASE IF EXISTS ${escapeIdentifier(database)} WITH (FORCE)`);
    await onServer(this.#server.url, `CREATE DATABASE ${escapeIdentifier(database)}`);
  }

  /** As a power cut would: no transaction ends, no connection is closed in good order. */
  async kill(): Promise<void> {
    this.#running = false;
    process.kill(this.#server.postmasterPid, 'SIGKILL');
    await this.#server.ended;
  }

  /** Starts it on the same port and data; its recovery is part of the start. */
  async restart(): Promise<void> {
    this.#server = await startEmbeddedPostgres({ dataDir: this.dataDir, port: this.port });
    this.#running = true;
  }

  /** For the round after one that failed while it was killed. */
  async ensureRunning(): Promise<void> {
    if (!this.#running) await this.restart();
  }

  async version(): Promise<string> {
    const client = new Client({ connectionString: this.#server.url });
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    await client.end();
    return rows[0]?.server_version ?? '';
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
