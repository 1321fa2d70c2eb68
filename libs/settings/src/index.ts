export * from './definition.js';
export * from './describe.js';
export * from './installation.js';
export * from './load.js';
export * from './loopback.js';
export * from './numbers.js';
export * from './rules.js';
export * from './settings-error.js';
