import type { SQLOutputValue } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { ReadAnswer } from './journal-messages.js';

/** Takes rows of (key, checksum, record) up to a size, at least one, and lays them side by side. */
export function readEntries(rows: Iterable<unknown>, low: number, bytesMax: number): ReadAnswer {
  const seqs: number[] = [];
  const ends: number[] = [];
  const records: Uint8Array[] = [];
  const damaged: number[] = [];
  let end = 0;
  for (const row of rows) {
    const [key, checksum, stored] = row as [number, SQLOutputValue, SQLOutputValue];
    const record = bytesOf(stored);
    if (records.length > 0 && end + record.byteLength > bytesMax) break;
    if (crc32(record) !== checksum) damaged.push(key - low);
    end += record.byteLength;
    seqs.push(key - low);
    ends.push(end);
    records.push(record);
  }
  const bytes = new Uint8Array(end);
  for (const [index, record] of records.entries()) bytes.set(record, ends[index - 1] ?? 0);
  return { seqs: Float64Array.from(seqs), ends: Float64Array.from(ends), bytes, damaged };
}

/** A damaged row may hold something else than bytes. */
function bytesOf(stored: SQLOutputValue): Uint8Array {
  return stored instanceof Uint8Array ? stored : Buffer.from(String(stored));
}
