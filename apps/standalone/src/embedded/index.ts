export { type EmbeddedOptions, type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';
export { type LastingPostgres, startLastingPostgres } from './lasting-postgres.js';
