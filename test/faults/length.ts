/** `npm run test:faults` runs the long form, `npm test` the short one: the same cases, other amounts. */
export const LONG = process.env['SLUICE_FAULTS'] === 'long';

export function amount(short: number, long: number): number {
  return LONG ? long : short;
}
