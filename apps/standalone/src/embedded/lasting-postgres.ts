import { setTimeout as delay } from 'node:timers/promises';

import { type EmbeddedOptions, type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';

/** An embedded server that is started again whenever it ends unasked. */
export interface LastingPostgres {
  /** With the password: not for logs. The same for every server that follows. */
  readonly url: string;
  /** The number of the present server's main process. */
  readonly postmasterPid: number;
  /** Fast shutdown of the present server, and no further one. Resolves when it has ended. */
  stop(): Promise<void>;
}

const RESTART_MS = 1_000;
const RESTART_MS_MAX = 30_000;
/** A server that has run this long did not end of its start: the next one need not wait. */
const STEADY_MS = 60_000;

/**
 * As `startEmbeddedPostgres`, and keeps a server there, on the same port. Commands wait in the queue meanwhile, so that a
 * server which does not come up (no room on the disk) is tried again rather than given up.
 */
export async function startLastingPostgres(options: EmbeddedOptions): Promise<LastingPostgres> {
  let server = await startEmbeddedPostgres(options);
  const { url } = server;
  const stopping = new AbortController();
  const lasting = keepUp(server, { ...options, port: Number(new URL(url).port) }, stopping.signal, (next) => {
    server = next;
  });
  return {
    url,
    get postmasterPid() {
      return server.postmasterPid;
    },
    stop: async () => {
      stopping.abort();
      await server.stop();
      await lasting;
    },
  };
}

async function keepUp(
  first: EmbeddedPostgres,
  options: EmbeddedOptions,
  stopping: AbortSignal,
  onNext: (server: EmbeddedPostgres) => void,
): Promise<void> {
  const { log = () => undefined } = options;
  let server: EmbeddedPostgres | undefined = first;
  let waitMs = 0;
  for (;;) {
    const startedAt = Date.now();
    await server?.ended;
    if (stopping.aborted) return;
    if (server) log('The embedded PostgreSQL has ended unasked; it is started again, and commands wait meanwhile.');
    if (Date.now() - startedAt > STEADY_MS) waitMs = 0;
    await delay(waitMs, undefined, { signal: stopping }).catch(() => undefined);
    if (stopping.aborted) return;
    waitMs = Math.min(RESTART_MS_MAX, Math.max(RESTART_MS, waitMs * 2));
    server = await startEmbeddedPostgres(options).catch((error: unknown) => {
      log(`The embedded PostgreSQL cannot be started; the next try is in ${waitMs / 1000} s. ${messageOf(error)}`);
      return undefined;
    });
    if (!server) continue;
    onNext(server);
    // Asked to stop while it came up, when only its predecessor was there to be stopped.
    if (stopping.aborted) await server.stop();
    else log('The embedded PostgreSQL runs again.');
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
