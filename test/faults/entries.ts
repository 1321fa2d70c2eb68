import { fileURLToPath } from 'node:url';

/** The module that `npm start` runs. */
export const STANDALONE = fileURLToPath(import.meta.resolve('#standalone').replace(/index\.js$/, 'main.js'));

/** The same, with a handler that kills its process. */
export const STANDALONE_WITH_KILLER = fileURLToPath(import.meta.resolve('./standalone-with-killer.js'));
