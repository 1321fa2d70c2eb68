/** The preferences of RFC 7240 that the gateway knows. */
export interface Preferences {
  /** Seconds that the answer may wait for the outcome, at most `WAIT_SECONDS_MAX`. */
  readonly waitSeconds?: number;
  readonly respondAsync: boolean;
}

export const WAIT_SECONDS_MAX = 30;

const TOKEN = String.raw`[!#$%&'*+.^_\`|~0-9A-Za-z-]+`;
const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
const WORD = String.raw`(?:${TOKEN}|${QUOTED})`;
const ASSIGNMENT = String.raw`(${TOKEN})[ \t]*(?:=[ \t]*(${WORD})?)?`;
const PARAMETER = String.raw`[ \t]*;[ \t]*(?:${TOKEN}[ \t]*(?:=[ \t]*${WORD}?)?)?`;
const PREFERENCE = new RegExp(String.raw`[ \t,]*${ASSIGNMENT}((?:${PARAMETER})*)[ \t]*(?=,|$)`, 'y');

/**
 * Reads the field; several of it count as one list. What is unknown, malformed or out of range is ignored, as a preference
 * never fails a request; of one given twice the first counts (RFC 7240 §2). A longer wait is cut to the longest.
 */
export function parsePrefer(field: string | readonly string[] | undefined): Preferences {
  if (field === undefined || field.length === 0) return { respondAsync: false };
  const preferences = namesAndValues(typeof field === 'string' ? field : field.join(','));
  const wait = preferences.get('wait') ?? '';
  const seconds = /^[0-9]{1,9}$/.test(wait) ? Number(wait) : 0;
  return {
    respondAsync: preferences.has('respond-async'),
    ...(seconds > 0 ? { waitSeconds: Math.min(seconds, WAIT_SECONDS_MAX) } : {}),
  };
}

function namesAndValues(field: string): Map<string, string> {
  const found = new Map<string, string>();
  PREFERENCE.lastIndex = 0;
  while (PREFERENCE.lastIndex < field.length) {
    const from = PREFERENCE.lastIndex;
    const match = PREFERENCE.exec(field);
    if (match === null) {
      // Past what cannot be read, up to the next item of the list.
      const comma = field.indexOf(',', from + 1);
      if (comma === -1) break;
      PREFERENCE.lastIndex = comma;
      continue;
    }
    const name = match[1]!.toLowerCase();
    if (!found.has(name)) found.set(name, unquoted(match[2] ?? ''));
  }
  return found;
}

function unquoted(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : word;
}
