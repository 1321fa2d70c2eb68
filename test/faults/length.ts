const LONG = process.env['SLUICE_FAULTS'] === 'long';

/** `npm run test:faults` runs the long form, `npm test` the short one: the same cases, other amounts. */
export function amount(short: number, long: number): number {
  return LONG ? long : short;
}

/** The length of a load or of a fault is the test's input, not a wait for something to become true. */
export function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
