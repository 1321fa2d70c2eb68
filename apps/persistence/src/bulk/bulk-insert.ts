import type { EntityManager, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';

import { buildInsert, columnOf, type InsertStatement } from './insert-statement.js';

export interface BulkInsertOptions<Returned extends string> {
  /** Rows that meet an existing one are left out, silently: what `returning` gives tells which came in. */
  readonly onConflict?: 'nothing';
  /** Properties to give back of each row that was inserted, in no particular order. */
  readonly returning?: readonly Returned[];
}

/**
 * Inserts all rows with one statement, several times faster than `save`: one parameter per column instead of one per value, so
 * the number of rows is bounded by memory only. Listeners, cascades and relations do not run.
 *
 * A property that is undefined in every row keeps its column's default; undefined in only some of them is NULL there. NaN and
 * the infinities are kept in `double precision` and refused by PostgreSQL (22P02) in whole-number columns. All or nothing.
 */
export async function bulkInsert<Row extends ObjectLiteral, Returned extends keyof Row & string = never>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  rows: readonly NoInfer<Partial<Row>>[],
  options: BulkInsertOptions<Returned> = {},
): Promise<Pick<Row, Returned>[]> {
  if (rows.length === 0) return [];
  const metadata = manager.dataSource.getMetadata(entity);
  const returning = options.returning ?? [];
  const statement = statementOf(metadata, propertiesOf(metadata, rows), returning, options.onConflict === 'nothing');
  const inserted = await manager.query<ObjectLiteral[]>(statement.sql, statement.parametersOf(rows));
  return inserted.map((raw) => hydrate(metadata, returning, raw)) as Pick<Row, Returned>[];
}

const statements = new WeakMap<EntityMetadata, Map<string, InsertStatement>>();

function statementOf(
  metadata: EntityMetadata,
  properties: readonly string[],
  returning: readonly string[],
  ignoreConflicts: boolean,
): InsertStatement {
  const ofEntity = statements.get(metadata) ?? new Map<string, InsertStatement>();
  statements.set(metadata, ofEntity);
  const shape = JSON.stringify([properties, returning, ignoreConflicts]);
  const known = ofEntity.get(shape);
  if (known) return known;
  const statement = buildInsert(metadata, properties, returning, ignoreConflicts);
  ofEntity.set(shape, statement);
  return statement;
}

function propertiesOf(metadata: EntityMetadata, rows: readonly ObjectLiteral[]): string[] {
  const given = new Set<string>();
  for (const row of rows) {
    for (const property in row) if (row[property] !== undefined) given.add(property);
  }
  for (const property of given) columnOf(metadata, property);
  return metadata.columns.map((column) => column.propertyName).filter((property) => given.has(property));
}

function hydrate(metadata: EntityMetadata, properties: readonly string[], raw: ObjectLiteral): ObjectLiteral {
  const { driver } = metadata.dataSource;
  return Object.fromEntries(
    properties.map((property) => [property, driver.prepareHydratedValue(raw[property], columnOf(metadata, property))]),
  );
}
