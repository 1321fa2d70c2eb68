export * from './network/tcp-proxy.js';
export * from './postgres/test-database.js';
export * from './random.js';
export * from './until.js';
