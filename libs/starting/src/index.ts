export * from './instance.js';
export * from './listen.js';
export * from './load-app.js';
export * from './loopback.js';
export * from './run-process.js';
export * from './start-app.js';
export { StartFault, startFailureText } from './start-fault.js';
export type { StartedParts } from './started-parts.js';
