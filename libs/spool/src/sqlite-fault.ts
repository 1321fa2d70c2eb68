import { TransportError } from '#messaging';

/** `full`: no room, passes. `locked`: another process owns the file. `damaged`: not what SQLite wrote. `io`: anything else. */
export type SqliteFault = 'full' | 'locked' | 'damaged' | 'io';

const PRIMARY_CODE = 0xff;
const FAULTS = new Map<number, SqliteFault>([
  [5, 'locked'],
  [6, 'locked'],
  [11, 'damaged'],
  [13, 'full'],
  [26, 'damaged'],
]);

/** What an error of node:sqlite means for the spool, by SQLite's primary result code. */
export function sqliteFaultOf(error: unknown): SqliteFault {
  const code = (error as { errcode?: unknown }).errcode;
  return (typeof code === 'number' ? FAULTS.get(code & PRIMARY_CODE) : undefined) ?? 'io';
}

export function damagedSpool(file: string, what: string, cause?: unknown): TransportError {
  return new TransportError(
    `The spool ${file} is damaged: ${what}. Nothing was deleted. Copy its directory, then recover what it ` +
      `holds ('sqlite3 ${file} .recover'), or move it away to start with an empty spool.`,
    { setting: 'DATA_DIR', cause },
  );
}
