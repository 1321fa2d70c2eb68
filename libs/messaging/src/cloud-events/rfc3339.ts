const DATE_LENGTH = 'yyyy-mm-dd'.length;
const LENGTH_MIN = 'yyyy-mm-ddThh:mm:ssZ'.length;
const OFFSET_LENGTH = '+hh:mm'.length;

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
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
