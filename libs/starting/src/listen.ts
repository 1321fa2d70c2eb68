import type { INestApplication } from '@nestjs/common';
import { StartFault, textOf } from './start-fault.js';

export interface ListeningPlace {
  readonly host: string;
  readonly port: number;
  /** The settings that they stand in, which a fault names. */
  readonly settings: { readonly host: string; readonly port: string };
}

type Advice = (settings: ListeningPlace['settings']) => string;

const ADVICE: Readonly<Record<string, Advice>> = {
  EADDRINUSE: ({ port }) => `Another program listens there. Stop it, or set ${port} to a free one.`,
  EADDRNOTAVAIL: ({ host }) => `This machine has no such address. Set ${host} to one of its own, as 127.0.0.1.`,
  EACCES: ({ port }) => `Ports below 1024 are for root. Set ${port} to a higher one.`,
  ENOTFOUND: ({ host }) => `${host} names no machine. Set it to an address of this one, as 127.0.0.1.`,
};

const checkBoth: Advice = ({ host, port }) => `Check ${host} and ${port}.`;

/** Starts the application and its microservices, and listens; resolves to its URL, without a slash at the end. Rejects with a `StartFault` where it cannot listen. */
export async function listen(app: INestApplication, { host, port, settings }: ListeningPlace): Promise<string> {
  // Apart from listening, so that only what listening says is told as its fault.
  await app.init();
  await app.startAllMicroservices();
  try {
    await app.listen(port, host);
  } catch (error) {
    const advise = ADVICE[(error as NodeJS.ErrnoException | undefined)?.code ?? ''] ?? checkBoth;
    throw new StartFault(`Cannot listen on ${host}, port ${port} (${textOf(error)}). ${advise(settings)}`, {
      cause: error,
    });
  }
  return app.getUrl();
}

/** How often a server that closes looks for connections whose last answer has gone out. */
const IDLE_LOOK_MS = 50;

/**
 * Ends the application in order: requests under way are answered and streams end; who has not taken his answer by the
 * deadline is cut off.
 */
export async function closeApplication(app: INestApplication, deadlineMs: number): Promise<void> {
  const server = app.getHttpServer() as { closeAllConnections(): void; closeIdleConnections(): void };
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  // Node closes the connections that are idle when the server closes, and keeps those alive that become idle afterwards.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_MS);
  await app.close().finally(() => {
    clearTimeout(deadline);
    clearInterval(idle);
  });
}
