import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TransportError } from '#messaging';
import { SPOOL_FILE, type JournalOptions } from './journal-messages.js';
import { OwnerFile } from './owner-file.js';
import { damagedSpool, sqliteFaultOf } from './sqlite-fault.js';

export const PAGE_BYTES = 4096;

const SCHEMA_VERSION = 1;
/** 'SLUI': tells a spool from any other SQLite file. */
const APPLICATION_ID = 0x534c5549;

const SCHEMA = `
  PRAGMA page_size = ${PAGE_BYTES};
  BEGIN;
  CREATE TABLE lane (lane INTEGER PRIMARY KEY, cursor INTEGER NOT NULL, through INTEGER NOT NULL);
  CREATE TABLE entry (
    key INTEGER PRIMARY KEY,
    through INTEGER NOT NULL,
    stored_at_ms INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    record BLOB NOT NULL
  );
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** Opens the file, takes it for this process alone, and checks it whole. Throws a `TransportError` otherwise. */
export function openJournalFile({ directory, lanes, limits }: JournalOptions): DatabaseSync {
  const file = join(directory, SPOOL_FILE);
  createIfMissing(directory, file, lanes);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    for (const pragma of [
      'locking_mode = EXCLUSIVE',
      'journal_mode = WAL',
      'synchronous = FULL',
      'fullfsync = ON',
      'checkpoint_fullfsync = ON',
      'wal_autocheckpoint = 0',
      `journal_size_limit = ${limits.walBytesMax}`,
      'cache_size = -16384',
      `max_page_count = ${Math.floor(limits.dataBytesMax / PAGE_BYTES)}`,
    ]) {
      database.prepare(`PRAGMA ${pragma}`).all();
    }
    verify(database, file, lanes);
    return database;
  } catch (error) {
    database.close();
    throw error instanceof TransportError ? error : openError(file, error);
  }
}

/** The number in the first column of the first row. */
function numberOf(database: DatabaseSync, sql: string): number {
  return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
}

function verify(database: DatabaseSync, file: string, lanes: number): void {
  if (numberOf(database, 'PRAGMA application_id') !== APPLICATION_ID) {
    throw new TransportError(`The file ${file} is no spool. Move it away, or set DATA_DIR to another directory.`, {
      setting: 'DATA_DIR',
    });
  }
  const version = numberOf(database, 'PRAGMA user_version');
  if (version !== SCHEMA_VERSION) {
    throw new TransportError(
      `The spool ${file} has schema version ${version}, and this Sluice knows ${SCHEMA_VERSION}. ` +
        'Start the newer Sluice that wrote it, or let that one drain it first.',
      { setting: 'DATA_DIR' },
    );
  }
  const check = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (check.quick_check !== 'ok') throw damagedSpool(file, check.quick_check);
  const recorded = numberOf(database, 'SELECT count(*) FROM lane');
  if (recorded !== lanes) {
    throw new TransportError(
      `The spool ${file} was made for ${recorded} lanes, and LANES is ${lanes}. Set LANES=${recorded}, ` +
        'or drain the spool and move it away before the number changes.',
      { setting: 'LANES' },
    );
  }
}

/** Makes the file beside its place and links it there whole, so that a kill at any instant leaves no half-made spool. */
function createIfMissing(directory: string, file: string, lanes: number): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (existsSync(file)) {
      // SQLite would take an empty file for a new database, and delete the log beside it.
      if (statSync(file).size === 0) throw damagedSpool(file, 'the file is empty');
      return;
    }
    if (existsSync(`${file}-wal`)) throw damagedSpool(file, 'the file is missing, and its write-ahead log is there');
    rmSync(draft, { force: true });
    const database = new DatabaseSync(draft);
    database.exec(SCHEMA);
    const insert = database.prepare('INSERT INTO lane VALUES (?, 0, 0)');
    for (let lane = 0; lane < lanes; lane++) insert.run(lane);
    database.exec('COMMIT');
    database.close();
    linkSync(draft, file);
    syncDirectory(directory);
  } catch (error) {
    if (error instanceof TransportError) throw error;
    if (!existsSync(file)) throw openError(file, error);
  } finally {
    if (existsSync(draft)) rmSync(draft);
  }
}

function syncDirectory(directory: string): void {
  // Windows has no handle on a directory, and its file systems journal names themselves.
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function openError(file: string, error: unknown): TransportError {
  const fault = sqliteFaultOf(error);
  if (fault === 'damaged') return damagedSpool(file, (error as Error).message, error);
  if (fault === 'locked') {
    const owner = new OwnerFile(file).read();
    return new TransportError(
      `The spool ${file} is in use by ${owner === undefined ? 'another process' : `process ${owner}`}, and one process ` +
        'owns it. Stop that one, or give this one another DATA_DIR.',
      { setting: 'DATA_DIR', cause: error },
    );
  }
  return new TransportError(
    `The spool ${file} cannot be opened: ${(error as Error).message}. Check that DATA_DIR may be written to and has room.`,
    { setting: 'DATA_DIR', cause: error },
  );
}
