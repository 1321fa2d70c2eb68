export * from './embedded/index.js';
export * from './settings.js';
export * from './standalone.js';
export * from './standalone.module.js';
