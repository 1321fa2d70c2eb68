import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GATEWAY_SOURCE, type Envelope } from '#messaging';
import { Spool, type SpoolOptions } from './spool.js';

export const LANES = 4;
export const DEADLINE_MS = 20_000;

const MIB = 1024 * 1024;

/** What a test opens its spools with, in a directory of its own. */
export function spoolOptions(directory: string, changes: Partial<SpoolOptions> = {}): SpoolOptions {
  return { directory, lanes: LANES, bytesMax: 64 * MIB, countMax: 100_000, ...changes };
}

/** Runs `body` with a fresh directory, which is removed after it. */
export async function inDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-spool-'));
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs `body` with an open spool, and closes it in good order. */
export async function withSpool(options: SpoolOptions, body: (spool: Spool) => Promise<void>): Promise<void> {
  const spool = await Spool.open(options);
  try {
    await body(spool);
  } finally {
    await spool.close(DEADLINE_MS);
  }
}

export function envelope(id: string, changes: Partial<Envelope> = {}): Envelope {
  return {
    id,
    type: 'orders.place.v1',
    source: GATEWAY_SOURCE,
    partitionKey: `order:${id}`,
    lane: 0,
    timeMs: 1_795_000_000_000,
    attributes: { principal: 'anonymous' },
    body: Buffer.from(JSON.stringify({ orderId: id })),
    ...changes,
  };
}

/** The ids that wait in a lane, in order; what does not decode is 'undecoded'. */
export async function idsIn(spool: Spool, lane = 0): Promise<string[]> {
  const ids: string[] = [];
  for (let after = spool.cursor(lane); ;) {
    const entries = await spool.read(lane, after, 1_000, MIB);
    if (entries.length === 0) return ids;
    ids.push(...entries.map(({ delivery }) => (delivery.kind === 'decoded' ? delivery.envelope.id : 'undecoded')));
    after = entries.at(-1)?.seq ?? after;
  }
}

/** What a promise rejected with. */
export async function refusal(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
