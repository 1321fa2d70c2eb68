import { configureGateway, createGatewayAdapter } from '#gateway';
import type { Transport } from '#messaging';
import type { LoadOptions } from '#settings';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startLastingPostgres, type LastingPostgres } from './embedded/index.js';
import { loadStandalone, type LoadedStandalone } from './settings.js';
import { StandaloneModule } from './standalone.module.js';
import { databaseFault, dataDirFault, listenFault } from './start-fault.js';

export interface StandaloneOptions extends LoadOptions {
  /** Hears a calm line about each thing that was started. */
  readonly log?: (line: string) => void;
  /** Hears why commands can never be taken with these settings, as when the database records other LANES. */
  readonly onRefused?: (reason: unknown) => void;
  /** Makes the Nest application of the root module; tests override providers here. */
  readonly createApplication?: CreateApplication;
}

export type CreateApplication = (
  root: ReturnType<typeof StandaloneModule.forRoot>,
  adapter: ReturnType<typeof createGatewayAdapter>,
) => Promise<NestFastifyApplication>;

/** The whole product, running in this process. */
export interface Standalone {
  /** Where it answers, without a slash at the end. */
  readonly url: string;
  readonly databaseUrl: string;
  /** Stops taking requests, settles what is in hand, then closes the queue and the embedded database. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts gateway, transport, persistence and, without a `DATABASE_URL`, an embedded PostgreSQL. What was started is stopped
 * again when a later part fails.
 */
export async function startStandalone(options: StandaloneOptions = {}): Promise<Standalone> {
  const { log = () => undefined, createApplication = createNestApplication } = options;
  const configuration = await loadStandalone(options);
  const settings = configuration.loaded.values;
  for (const warning of configuration.loaded.warnings) log(warning);
  const started = new StartedParts(settings.SHUTDOWN_MS);
  try {
    // Others may pass through, since the database's user has its folder within; what lies here is readable by its owner alone.
    await mkdir(settings.DATA_DIR, { recursive: true, mode: 0o711 }).catch((error: unknown) => {
      throw dataDirFault(settings.DATA_DIR, error);
    });
    const transport = await started.openTransport(configuration);
    log(`Queue: ${transport.name}, every 202 is ${transport.guarantees.durability}.`);
    const databaseUrl = settings.DATABASE_URL ?? (await started.startDatabase(settings.DATA_DIR, log));
    const root = StandaloneModule.forRoot({
      settings,
      databaseUrl,
      transport,
      ...(options.onRefused && { onRefused: options.onRefused }),
    });
    const app = await createApplication(root, createGatewayAdapter(settings));
    started.app = app;
    configureGateway(app, settings);
    await app.listen(settings.PORT, settings.HOST).catch((error: unknown) => {
      throw listenFault(settings.HOST, settings.PORT, error);
    });
    return { url: await app.getUrl(), databaseUrl, close: () => started.close() };
  } catch (error) {
    await started.close();
    throw error;
  }
}

function createNestApplication(...[root, adapter]: Parameters<CreateApplication>): Promise<NestFastifyApplication> {
  return NestFactory.create<NestFastifyApplication>(root, adapter, {
    abortOnError: false,
  });
}

/** What runs so far, closed in the order in which commands flow. */
class StartedParts {
  app: NestFastifyApplication | undefined;
  #transport: Transport | undefined;
  #database: LastingPostgres | undefined;
  #closed: Promise<void> | undefined;

  constructor(private readonly shutdownMs: number) {}

  async openTransport({ transport }: LoadedStandalone): Promise<Transport> {
    this.#transport = transport;
    await this.#transport.open();
    return this.#transport;
  }

  async startDatabase(dataDir: string, log: (line: string) => void): Promise<string> {
    const embedded = startLastingPostgres({ dataDir: join(dataDir, 'postgres'), log });
    this.#database = await embedded.catch((error: unknown) => {
      throw databaseFault(error);
    });
    log('Database: embedded PostgreSQL, for trying out; set DATABASE_URL for a database of your own.');
    return this.#database.url;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // Requests under way are answered and streams end; who has not taken his answer by the deadline is cut off.
    const deadline = setTimeout(() => this.app?.getHttpServer().closeAllConnections(), this.shutdownMs);
    await this.app?.close();
    clearTimeout(deadline);
    await this.#transport?.close(this.shutdownMs);
    await this.#database?.stop();
  }
}
