import { fileURLToPath } from 'node:url';

/** Compiled modules that run an app as a process of its own. */
export interface Entries {
  readonly standalone: string;
  readonly gateway: string;
  readonly persistence: string;
}

const mainOf = (app: string) => fileURLToPath(import.meta.resolve(`#${app}`).replace(/index\.js$/, 'main.js'));

/** What the npm scripts run. */
export const ENTRIES: Entries = {
  standalone: mainOf('standalone'),
  gateway: mainOf('gateway'),
  persistence: mainOf('persistence'),
};

const own = (module: string) => fileURLToPath(import.meta.resolve(`./${module}.js`));

/** The same, with a handler that kills the process it runs in. */
export const ENTRIES_WITH_KILLER: Entries = {
  ...ENTRIES,
  standalone: own('standalone-with-killer'),
  persistence: own('persistence-with-killer'),
};

/** The same, with a gateway that dies on request. */
export const ENTRIES_THAT_DIE: Entries = {
  ...ENTRIES,
  standalone: own('standalone-that-dies'),
  gateway: own('gateway-that-dies'),
};
