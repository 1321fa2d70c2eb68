import { APART } from '../product/transport-under-test.js';

/** How many processes of each kind a campaign runs at most. */
export const GATEWAYS = APART ? 2 : 1;
export const PERSISTENCES = APART ? 3 : 1;

/** The numbers from 0 on, as many as asked for. */
export function times(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
