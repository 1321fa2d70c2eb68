const decoder = new TextDecoder();

/** Any header value as a string: text and bytes as they are, times in RFC 3339, and what is nested as JSON. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return decoder.decode(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  if (typeof value !== 'object' || value === null) return value === undefined || value === null ? '' : String(value);
  return nestedText(value);
}

/** Stands for a value that is nested deeper than this process can follow. */
const TOO_DEEP = '(nested too deep)';

function nestedText(value: object): string {
  try {
    return JSON.stringify(value, (_key, nested: unknown) => (typeof nested === 'bigint' ? String(nested) : nested));
  } catch {
    return TOO_DEEP;
  }
}

/** Every header's value as a string. */
export function textsOf(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, textOf(value)]));
}
