import type { MigratedDatabase } from '../requests/migrated-database.fixture.js';

/** Columns of a line to write, by their names; every other column has a value of no importance. */
export type LineColumns = Readonly<Record<string, unknown>>;

/** Writes a line straight into the ledger, and returns its id. */
export async function writeLine(tables: MigratedDatabase, columns: LineColumns): Promise<string> {
  const line: LineColumns = {
    id: crypto.randomUUID(),
    lane: 3,
    state: 'dead',
    type: 'orders.place.v1',
    stream: 'order',
    key: 'k',
    fingerprint: Buffer.alloc(8),
    attempts: 8,
    accepted_at: '2026-11-22T09:00:00Z',
    error_code: 'sql-23514',
    error_message: 'refused',
    failure_group: 'group-a',
    ...columns,
  };
  const names = Object.keys(line);
  const places = names.map((_, index) => `$${index + 1}`);
  await tables.query(
    `INSERT INTO command_ledger (position, ${names.join(', ')})
     VALUES (nextval('command_ledger_position'), ${places.join(', ')})`,
    Object.values(line),
  );
  return line['id'] as string;
}
