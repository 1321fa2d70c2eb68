import type { EntityMetadata, ObjectLiteral } from 'typeorm';

type Column = EntityMetadata['columns'][number];

/** One `INSERT … SELECT FROM UNNEST` of some columns of an entity, and how rows become its parameters: an array per column. */
export interface InsertStatement {
  readonly sql: string;
  parametersOf(rows: readonly ObjectLiteral[]): unknown[][];
}

export function buildInsert(
  metadata: EntityMetadata,
  properties: readonly string[],
  returning: readonly string[],
  ignoreConflicts: boolean,
): InsertStatement {
  const columns = properties.map((property) => columnOf(metadata, property));
  const names = columns.map((column) => quoted(column.databaseName)).join(', ');
  const arrays = columns.map((column, index) => `$${index + 1}::${elementTypeOf(metadata, column)}[]`).join(', ');
  const conflict = ignoreConflicts ? ' ON CONFLICT DO NOTHING' : '';
  const returned = returning.map(
    (property) => `${quoted(columnOf(metadata, property).databaseName)} AS ${quoted(property)}`,
  );
  const table = metadata.tablePath.split('.').map(quoted).join('.');
  return {
    sql:
      `INSERT INTO ${table} (${names}) SELECT * FROM UNNEST(${arrays})${conflict}` +
      (returned.length > 0 ? ` RETURNING ${returned.join(', ')}` : ''),
    parametersOf: (rows) => columns.map((column) => rows.map((row) => parameterOf(column, row))),
  };
}

export function columnOf(metadata: EntityMetadata, property: string): Column {
  const column = metadata.findColumnWithPropertyName(property);
  if (!column) throw new TypeError(`${metadata.name} has no column '${property}'.`);
  return column;
}

/** Without a length: a cast to `varchar(5)` would shorten silently what the table's own check refuses. */
function elementTypeOf(metadata: EntityMetadata, column: Column): string {
  const type = metadata.dataSource.driver.normalizeType(column);
  if (column.isArray || type === 'enum' || type === 'simple-enum') {
    throw new TypeError(
      `bulkInsert cannot fill ${metadata.name}.${column.propertyName}: UNNEST flattens arrays and knows no enum by its ` +
        'entity. Make it jsonb or text with a check, or insert these rows with the manager.',
    );
  }
  return type;
}

function parameterOf(column: Column, row: ObjectLiteral): unknown {
  const value: unknown = column.getEntityValue(row, true);
  if (value === undefined || value === null) return null;
  // The driver would write a JavaScript array inside an array as a second dimension.
  if (column.type === 'jsonb' || column.type === 'json') return JSON.stringify(value);
  return value;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
