import { peers, reference } from './peers.js';
import { apart, inProcess } from './sluice.js';
import type { System } from './system.js';

/** In the order in which the tables name them. */
export const SYSTEMS: readonly System[] = [reference, ...apart, inProcess, ...peers];

export { reference };
