/** PostgreSQL's text and jsonb hold no NUL, and what arrives from outside may have one. */
export function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}

export function storableRecord(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [storable(name), storable(value)]));
}

/** UUIDs as one array literal: they need no quotes, and `pg` would escape each. */
export function uuidArray(ids: readonly string[]): string {
  return `{${ids.join(',')}}`;
}
