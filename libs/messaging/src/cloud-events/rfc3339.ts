const DATE_LENGTH = 'yyyy-mm-dd'.length;
const LENGTH_MIN = 'yyyy-mm-ddThh:mm:ssZ'.length;
const OFFSET_LENGTH = '+hh:mm'.length;
const TIME_MS_MIN = Date.parse('0000-01-01T00:00:00.000Z');
/** The last millisecond of the year 9999, past which RFC 3339 has no name for a time. */
export const TIME_MS_MAX = Date.parse('9999-12-31T23:59:59.999Z');

/** The milliseconds since the epoch of an RFC 3339 time, finer digits cut off; undefined when it is none. */
export function millisecondsOf(time: string): number | undefined {
  const zone = time[time.length - 1] ?? '';
  const sign = time[time.length - OFFSET_LENGTH];
  const shaped =
    time.length >= LENGTH_MIN &&
    time[4] === '-' &&
    'Tt '.includes(time[DATE_LENGTH] ?? '') &&
    // `Date.parse` takes a time without a zone for a local one.
    (zone === 'Z' || zone === 'z' || sign === '+' || sign === '-');
  const timeMs = shaped ? Date.parse(time.toUpperCase()) : Number.NaN;
  // An offset may lead out of the years that could be written again.
  return timeMs >= TIME_MS_MIN && timeMs <= TIME_MS_MAX ? timeMs : undefined;
}
