/** PostgreSQL's text and jsonb hold neither a NUL nor half a surrogate pair, and what arrives from outside may have both. */
export function storable(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '\uFFFD') : whole;
}

/** Storable, and at most so many UTF-16 units long: a cut may go through a pair. */
export function storableStart(text: string, lengthMax: number): string {
  return storable(text.slice(0, lengthMax));
}

/** JSON in which every text is storable. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? storable(part) : part));
}

export function storableRecord(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [storable(name), storable(value)]));
}

/** Numbers, or truths, as one array literal. */
export function listArray(values: readonly (number | boolean)[]): string {
  return `{${values.join(',')}}`;
}

/** What PostgreSQL would take for something else than a text's letters, were it not quoted; an empty text and NULL are among it. */
const NEEDS_QUOTES = /[\s{},"\\]|^$|^null$/i;

/**
 * Texts as one array literal. Neighbours are often the same, and most need no quotes; `pg` would escape each. Null where all
 * are NULL: UNNEST fills up what is shorter.
 */
export function textArray(texts: readonly (string | null)[]): string | null {
  let literal = '';
  let last: string | null = null;
  let element = 'NULL';
  let anyText = false;
  for (const text of texts) {
    if (text !== last) {
      last = text;
      element = text === null ? 'NULL' : elementOf(text);
      anyText ||= text !== null;
    }
    literal += literal === '' ? element : `,${element}`;
  }
  return anyText ? `{${literal}}` : null;
}

function elementOf(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : text;
}

/** UUIDs as one array literal: they need no quotes, and `pg` would escape each. */
export function uuidArray(ids: readonly string[]): string {
  return `{${ids.join(',')}}`;
}
