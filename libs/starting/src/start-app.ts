import type { Transport } from '#messaging';
import type { installationSettings, LoadOptions, SettingsOf } from '#settings';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { makeDataDir } from './data-dir.js';
import { closeApplication, listen, type ListeningPlace } from './listen.js';
import { loadApp, type AppPlan } from './load-app.js';
import { openPatiently } from './open-patiently.js';
import type { ProcessEars, RunningApp } from './run-process.js';
import { StartedParts } from './started-parts.js';

export interface StartOptions extends LoadOptions, Partial<ProcessEars> {
  /** Makes the Nest application of the root module; tests override providers here. */
  readonly createApplication?: CreateApplication;
}

export type CreateApplication = (root: DynamicModule, adapter: FastifyAdapter) => Promise<NestFastifyApplication>;

/** What an app finds when it puts itself together. */
export interface Foundation<Settings> extends ProcessEars {
  readonly settings: Settings;
  /** Open, or opening while its broker is away; closed after the application. */
  readonly transport: Transport;
  /** What the app starts beside its Nest application is added here. */
  readonly started: StartedParts;
}

/** An app that is put together, and where it is to listen. */
export interface AssembledApp {
  readonly root: DynamicModule;
  readonly adapter: FastifyAdapter;
  readonly place: ListeningPlace;
  /** Called once, before the application listens. */
  readonly configure?: (app: NestFastifyApplication) => void;
}

/**
 * Loads settings, opens the transport, and starts what `assemble` puts together on it. What was started is stopped again when a
 * later part fails. Rejects with a `SettingsError`, a `TransportError` or a `StartFault` where the operator can mend it.
 */
export async function startApp<Definition extends typeof installationSettings>(
  plan: AppPlan<Definition>,
  options: StartOptions,
  assemble: (foundation: Foundation<SettingsOf<Definition>>) => Promise<AssembledApp>,
): Promise<RunningApp> {
  const { log = () => undefined, onRefused = () => undefined, createApplication = createNestApplication } = options;
  const { loaded, transport } = await loadApp(plan, options);
  const settings = loaded.values;
  const { DATA_DIR, SHUTDOWN_MS }: SettingsOf<typeof installationSettings> = settings;
  for (const warning of loaded.warnings) log(warning);
  const started = new StartedParts(SHUTDOWN_MS);
  try {
    await makeDataDir(DATA_DIR);
    started.add((leftMs) => transport.close(leftMs));
    await openPatiently(transport, { log, onRefused }, () => started.closing);
    log(`Queue: ${transport.name}, every 202 is ${transport.guarantees.durability}.`);
    transport.health.watch(({ status, reason }) =>
      log(`Queue: ${transport.name} is ${status}.${reason ? ` ${reason}` : ''}`),
    );
    const { root, adapter, place, configure } = await assemble({ settings, transport, started, log, onRefused });
    const app = await createApplication(root, adapter);
    started.add((leftMs) => closeApplication(app, leftMs));
    configure?.(app);
    return { url: await listen(app, place), close: () => started.close() };
  } catch (error) {
    // The start's own failure is what to tell; what then fails to stop follows from it.
    await started.close().catch(() => undefined);
    throw error;
  }
}

function createNestApplication(...[root, adapter]: Parameters<CreateApplication>): Promise<NestFastifyApplication> {
  return NestFactory.create<NestFastifyApplication>(root, adapter, { abortOnError: false });
}
