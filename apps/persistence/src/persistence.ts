import { catalogue } from '#contracts';
import { RequestRouter } from '#messaging';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

import { Database } from './database/database.js';
import { InstallationRefused } from './database/installation.js';
import { QUEUE, type Queue } from './draining/queue.js';
import { Engine } from './engine/engine.js';
import { HandlerRegistry } from './engine/handler-registry.js';
import { EngineMeter } from './metrics/engine-meter.js';
import { RequestDatabase } from './requests/request-database.js';
import { registerResponders } from './requests/responder-registry.js';
import { Retention } from './retention/retention.js';
import { PERSISTENCE_SETTINGS, type PersistenceSettings } from './settings.js';

/** The injection token of what is told why persistence can never take a command with these settings. */
export const ON_REFUSED = Symbol('on refused');

/** `starting`: it has not consumed yet. `waiting`: the database is away. `refused`: it can never work with these settings. */
export type PersistencePhase = 'starting' | 'applying' | 'waiting' | 'stopping' | 'refused';

/** Persistence's life within a Nest application: starts its parts with the application, and stops them in order. */
@Injectable()
export class Persistence
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly #logger = new Logger('Persistence');
  #engine: Engine | undefined;
  #consuming = false;
  #refused = false;
  #stopping = false;

  constructor(
    private readonly database: Database,
    private readonly requests: RequestDatabase,
    private readonly retention: Retention,
    private readonly router: RequestRouter,
    private readonly discovery: DiscoveryService,
    private readonly meter: EngineMeter,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(PERSISTENCE_SETTINGS) private readonly settings: PersistenceSettings,
    @Inject(ON_REFUSED) private readonly onRefused: (reason: unknown) => void,
  ) {}

  /** Throws when contracts, handlers and responders do not match. Not earlier: only now have all providers been made. */
  onModuleInit(): void {
    const registry = HandlerRegistry.discover(catalogue, this.discovery);
    registerResponders(this.discovery, catalogue, this.router);
    const { database, meter, queue, settings } = this;
    this.#engine = new Engine({
      database,
      registry,
      transport: queue,
      meter,
      options: {
        batchMax: settings.BATCH_MAX,
        batchBytesMax: settings.BATCH_BYTES_MAX,
        batchWaitMs: settings.BATCH_WAIT_MS,
        prefetch: settings.PREFETCH,
        holdMsMax: settings.HOLD_MS_MAX,
        crashesMax: settings.CRASHES_MAX,
      },
    });
  }

  /** Does not wait for the database: commands are taken and stored without it. */
  onApplicationBootstrap(): void {
    void this.#start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping = true;
    await this.retention.stop();
    await this.#engine?.stop(this.settings.SHUTDOWN_MS);
  }

  /** Only now, since requests that came before the shutdown are answered until the server has closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.requests.close();
  }

  get phase(): PersistencePhase {
    if (this.#stopping) return 'stopping';
    if (this.#refused) return 'refused';
    if (!this.#consuming) return 'starting';
    return this.#engine?.breaker.isOpen ? 'waiting' : 'applying';
  }

  /** Whether this process has seen the database's tables up to date. */
  get migrated(): boolean {
    return this.database.isOpen;
  }

  /** Runs retries that are due now. */
  wakeRetries(): void {
    this.#engine?.retries.nudge();
  }

  async #start(): Promise<void> {
    try {
      // Where the database is there, which is the rule, the engine then starts without a word of waiting for it.
      await this.database.open().catch((error: unknown) => {
        if (error instanceof InstallationRefused) throw error;
      });
      if (this.#stopping) return;
      await this.#engine?.start();
      this.#consuming = true;
      const { LANES, BATCH_MAX } = this.settings;
      this.#logger.log(`Applying commands from ${this.queue.name}: ${LANES} lanes, up to ${BATCH_MAX} to a batch.`);
      if (!this.#stopping) this.retention.start();
    } catch (error) {
      if (this.#stopping) return;
      this.#refused = true;
      this.#logger.fatal(`Cannot take commands: ${error instanceof Error ? error.message : String(error)}`);
      this.onRefused(error);
    }
  }
}
