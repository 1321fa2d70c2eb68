import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';

/**
 * The journal's thread on a disk that fails. Cell 0: that many of the next commits, and of the openings that follow a failed
 * one, fail as an fsync does; -1 ends the thread in the next commit. Cell 1 counts statements on a file whose commit failed.
 */
const SQLITE_IOERR_FSYNC = 1034;
const failing = new Int32Array((workerData as { failing: SharedArrayBuffer }).failing);
const broken = new WeakSet<DatabaseSync>();

function failIfDue(): void {
  if (failing[0] === -1) {
    failing[0] = 0;
    process.exit(1);
  }
  if ((failing[0] ?? 0) <= 0) return;
  failing[0] = (failing[0] ?? 0) - 1;
  throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: SQLITE_IOERR_FSYNC });
}

const exec = Reflect.get(DatabaseSync.prototype, 'exec') as (this: DatabaseSync, sql: string) => void;
const prepare = Reflect.get(DatabaseSync.prototype, 'prepare') as (this: DatabaseSync, sql: string) => StatementSync;

DatabaseSync.prototype.exec = function (sql) {
  if (broken.has(this) && sql !== 'ROLLBACK') failing[1] = (failing[1] ?? 0) + 1;
  if (sql === 'COMMIT') {
    try {
      failIfDue();
    } catch (error) {
      broken.add(this);
      throw error;
    }
  }
  exec.call(this, sql);
};

DatabaseSync.prototype.prepare = function (sql) {
  if (broken.has(this)) failing[1] = (failing[1] ?? 0) + 1;
  if (sql.includes('quick_check')) failIfDue();
  return prepare.call(this, sql);
};

await import('./journal-worker.js');
