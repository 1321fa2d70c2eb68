export { limitsOf, SPOOL_BYTES_MAX_LEAST, SPOOL_LANES_MAX } from './limits.js';
export { entriesOf, type SpoolEntry, type SpoolRecords } from './records.js';
export { Spool, type SpoolOptions, type SpoolStanding } from './spool.js';
