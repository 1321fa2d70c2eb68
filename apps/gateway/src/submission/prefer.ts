/** The preferences of RFC 7240 that the gateway knows. */
export interface Preferences {
  /** Seconds that the answer may wait for the outcome, at most `WAIT_SECONDS_MAX`. */
  readonly waitSeconds?: number;
  readonly respondAsync: boolean;
}

export const WAIT_SECONDS_MAX = 30;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const QUOTED = /^"(?:[^"\\]|\\.)*"$/s;

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
  for (const preference of split(field, ',')) {
    const [assignment = ''] = split(preference, ';');
    const equals = assignment.indexOf('=');
    const name = (equals === -1 ? assignment : assignment.slice(0, equals)).trim().toLowerCase();
    const value = equals === -1 ? '' : valueOf(assignment.slice(equals + 1).trim());
    if (TOKEN.test(name) && value !== undefined && !found.has(name)) found.set(name, value);
  }
  return found;
}

/** At the separators outside of quoted strings. One pass, because the length is the sender's choice. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let place = 0; place < text.length; place++) {
    const letter = text[place];
    if (quoted && letter === '\\') place++;
    else if (letter === '"') quoted = !quoted;
    else if (letter === separator && !quoted) {
      parts.push(text.slice(start, place));
      start = place + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function valueOf(word: string): string | undefined {
  if (QUOTED.test(word)) return word.slice(1, -1).replaceAll(/\\(.)/gs, '$1');
  return word === '' || TOKEN.test(word) ? word : undefined;
}
