import { LinkDialer, type LinkDialerOptions } from './link-dialer.js';
import { LinkServer, type LinkServerOptions } from './link-server.js';
import type { Frame, Link, LinkListener } from './link.js';

/** Remembers what a listener hears, in words. */
export class Heard implements LinkListener {
  readonly links: Link[] = [];
  readonly frames: Frame[] = [];
  readonly closings: string[] = [];
  readonly refusals: string[] = [];
  drains = 0;
  peersDraining = 0;

  onOpen(link: Link): void {
    this.links.push(link);
  }

  onFrame(_link: Link, frame: Frame): void {
    this.frames.push(frame);
  }

  onDrain(): void {
    this.drains += 1;
  }

  onPeerDraining(): void {
    this.peersDraining += 1;
  }

  onClosed(_link: Link, reason: string): void {
    this.closings.push(reason);
  }
}

export const QUICK = { heartbeatMs: 100, greetingMs: 1_000 };

const toClose = new Set<{ close(): Promise<void> }>();

export async function serve(
  heard: LinkListener,
  options: Partial<LinkServerOptions> = {},
  refusals: string[] = [],
): Promise<LinkServer> {
  const server = new LinkServer(
    {
      host: '127.0.0.1',
      port: 0,
      portSetting: 'TEST_PORT',
      service: 'tests',
      greeting: { instance: 'server' },
      limits: QUICK,
      onRefused: (_peer, reason) => refusals.push(reason),
      ...options,
    },
    heard,
  );
  toClose.add(server);
  await server.listen();
  return server;
}

export function dial(heard: LinkListener, port: number, options: Partial<LinkDialerOptions> = {}): LinkDialer {
  const dialer = new LinkDialer(
    {
      hosts: [{ host: '127.0.0.1', port }],
      service: 'tests',
      greeting: { instance: 'dialer' },
      limits: QUICK,
      resolveEveryMs: 50,
      ...options,
    },
    heard,
  );
  toClose.add(dialer);
  dialer.open();
  return dialer;
}

/** To be called after each test, so that no socket outlives it. */
export async function closeAll(): Promise<void> {
  await Promise.all([...toClose].map((one) => one.close()));
  toClose.clear();
}
