import { peers, reference } from './peers.js';
import { apart, inProcess } from './sluice.js';
import type { System } from './system.js';

/** In the order in which a round measures and a table names them. */
export const SYSTEMS: readonly System[] = [reference, apart('rabbitmq'), apart('tcp'), inProcess, ...peers];

export { reference };
