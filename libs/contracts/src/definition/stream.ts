/** Whether a later command of a key waits behind an earlier one that is retrying or dead (`strict`), or passes it (`relaxed`). */
export type Ordering = 'strict' | 'relaxed';

/** What commands are about: order is kept per key of a stream, and the ordering is the stream's. */
export interface Stream {
  readonly name: string;
  readonly ordering: Ordering;
}

/** The longest key in UTF-16 code units: it is an index column in the ledger and a header on every broker. */
export const KEY_LENGTH_MAX = 256;

/** A later command of a key waits until the earlier one has ended. */
export function strictStream(name: string): Stream {
  return { name, ordering: 'strict' };
}

/** A later command of a key passes one that is retrying or dead. */
export function relaxedStream(name: string): Stream {
  return { name, ordering: 'relaxed' };
}
