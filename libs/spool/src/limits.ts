import { TransportError } from '#messaging';

const MIB = 1024 * 1024;

/** Below this a spool has no room for a write-ahead log beside its data. */
export const SPOOL_BYTES_MAX_LEAST = 8 * MIB;

/** Entries are keyed by lane and sequence in one safe integer, which leaves this many lanes. */
export const SPOOL_LANES_MAX = 4096;

/** How a bound on the whole spool is shared out among its parts; all in bytes. */
export interface SpoolLimits {
  /** The database file. With `walBytesMax` it makes up the bound. */
  readonly dataBytesMax: number;
  readonly walBytesMax: number;
  /** The log is copied into the database file when it has grown to this. */
  readonly checkpointBytes: number;
  /** Envelopes that one transaction stores; a larger one is stored alone. */
  readonly groupBytesMax: number;
  /** One envelope: its body and all of its fields. */
  readonly entryBytesMax: number;
  /** Envelopes that wait in memory for their transaction. */
  readonly queueBytesMax: number;
}

export function limitsOf(bytesMax: number): SpoolLimits {
  if (!Number.isSafeInteger(bytesMax) || bytesMax < SPOOL_BYTES_MAX_LEAST) {
    throw new TransportError(
      `The spool's bound of ${bytesMax} bytes is too small. Set SPOOL_BYTES_MAX to at least ${SPOOL_BYTES_MAX_LEAST}.`,
      { setting: 'SPOOL_BYTES_MAX' },
    );
  }
  const walBytesMax = Math.min(16 * MIB, Math.floor(bytesMax / 4));
  return {
    dataBytesMax: bytesMax - walBytesMax,
    walBytesMax,
    checkpointBytes: Math.floor(walBytesMax / 2),
    groupBytesMax: Math.floor(walBytesMax / 8),
    entryBytesMax: Math.min(16 * MIB, Math.floor(bytesMax / 16)),
    queueBytesMax: 128 * MIB,
  };
}

export function assertLanes(lanes: number): void {
  if (Number.isInteger(lanes) && lanes >= 1 && lanes <= SPOOL_LANES_MAX) return;
  throw new TransportError(
    `A spool has between 1 and ${SPOOL_LANES_MAX} lanes, not ${lanes}. Set LANES to a whole number in that range.`,
    { setting: 'LANES' },
  );
}
