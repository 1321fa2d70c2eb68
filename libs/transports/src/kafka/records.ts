import { IS_CONTROL, IS_TRANSACTIONAL, type RecordsBatch } from '@platformatic/kafka';
import type { StoredRecord } from './message.js';

/** Bit 3 of a batch's attributes: its records have the time at which the broker stored them. */
const HAS_APPEND_TIME = 1 << 3;
/** What the key of a control record says after its version: the transaction was given up. */
const ABORT = 0;

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

export interface ReadRange {
  /** In order, from the offset that was asked for. */
  readonly records: readonly StoredRecord[];
  /** Where to read on: past what is no command too, as the marks of transactions. */
  readonly nextOffset: bigint;
}

/** The records from that offset on; without those of transactions that were given up. */
export function readRange(
  fromOffset: bigint,
  batches: readonly RecordsBatch[],
  aborted: readonly AbortedTransaction[],
): ReadRange {
  const records: StoredRecord[] = [];
  const abortions = [...aborted].sort((one, other) => (one.firstOffset < other.firstOffset ? -1 : 1));
  const givenUp = new Set<bigint>();
  let nextOffset = fromOffset;
  for (const batch of batches) {
    const lastOffset = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    while (abortions[0] && abortions[0].firstOffset <= lastOffset) givenUp.add(abortions.shift()!.producerId);
    if (batch.attributes & IS_CONTROL) {
      if (batch.records[0]?.key?.readInt16BE(2) === ABORT) givenUp.delete(batch.producerId);
    } else if (!(batch.attributes & IS_TRANSACTIONAL && givenUp.has(batch.producerId))) {
      addRecords(records, batch, fromOffset);
    }
    if (lastOffset >= nextOffset) nextOffset = lastOffset + 1n;
  }
  return { records, nextOffset };
}

/** A batch is read whole, also from its middle on. */
function addRecords(records: StoredRecord[], batch: RecordsBatch, fromOffset: bigint): void {
  const { firstOffset, firstTimestamp, maxTimestamp, attributes } = batch;
  for (const { offsetDelta, timestampDelta, key, value, headers } of batch.records) {
    const offset = firstOffset + BigInt(offsetDelta);
    if (offset < fromOffset) continue;
    const timestamp = attributes & HAS_APPEND_TIME ? maxTimestamp : firstTimestamp + timestampDelta;
    records.push({ offset, timestampMs: Number(timestamp), key, body: value, headers });
  }
}
