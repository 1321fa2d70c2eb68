import { DatabaseSync } from 'node:sqlite';

/**
 * Takes the data directory for this process, and returns what gives it back. Throws when another start holds it. The lock
 * is the operating system's, by way of SQLite: it goes with its process, however that ends.
 */
export function takeOwnership(lockFile: string): () => void {
  const database = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    // SQLITE_BUSY, whose message says only "database is locked".
    if ((error as { errcode?: number }).errcode !== 5) throw error;
    throw new Error(
      `Another process has the embedded database of ${lockFile} open. Stop the other Sluice, or give this one a DATA_DIR of its own.`,
      { cause: error },
    );
  }
  return () => {
    if (database.isOpen) database.close();
  };
}
