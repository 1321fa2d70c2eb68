/** SQL that gives a `timestamptz` as RFC 3339 text in UTC with all six digits of its microseconds, which a `Date` would drop. */
export function instantText(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
