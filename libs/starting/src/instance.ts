import { hostname } from 'node:os';

/** What this process is called in the logs of others; in a container the number alone would be the same for all. */
export function instanceName(): string {
  return `${hostname()}:${process.pid}`;
}
