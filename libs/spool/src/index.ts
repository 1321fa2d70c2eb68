export { limitsOf, SPOOL_BYTES_MAX_LEAST, SPOOL_LANES_MAX } from './limits.js';
export { Spool, type SpoolEntry, type SpoolOptions, type SpoolStanding } from './spool.js';
