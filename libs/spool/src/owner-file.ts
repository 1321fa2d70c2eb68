import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Says who owns the spool, for the message to whoever is refused. The lock itself is SQLite's, on the database file, and
 * goes with the process; this note may outlive it.
 */
export class OwnerFile {
  readonly #path: string;

  constructor(spoolFile: string) {
    this.#path = `${spoolFile}-owner`;
  }

  write(): void {
    try {
      writeFileSync(this.#path, `${process.pid}\n`);
    } catch {
      // A note is not worth refusing a spool on a full disk.
    }
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }

  /** The owner's process id; undefined when nobody left a note. */
  read(): number | undefined {
    try {
      const pid = Number.parseInt(readFileSync(this.#path, 'utf8'), 10);
      return Number.isNaN(pid) ? undefined : pid;
    } catch {
      return undefined;
    }
  }
}
