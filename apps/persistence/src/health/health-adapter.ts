import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

/** Health has no bodies. */
const BODY_BYTES_MAX = 1_024;
const HEADER_BYTES_MAX = 16 * 1024;
const REQUEST_MS_MAX = 5_000;
const IDLE_MS_MAX = 60_000;
const CONNECTIONS_MAX = 256;

/** Nest's Fastify for a few probes, bounded as whatever listens. */
export function createHealthAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    connectionTimeout: IDLE_MS_MAX,
    forceCloseConnections: 'idle',
    trustProxy: false,
    http: { maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: REQUEST_MS_MAX },
  });
  adapter.getInstance<FastifyInstance>().server.maxConnections = CONNECTIONS_MAX;
  return adapter;
}
