import { isIPv4 } from 'node:net';

/** Whether nobody beyond this machine can be at that name or address, as it stands in a setting or a URL. */
export function isLoopback(host: string): boolean {
  const name = host
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:/i, '')
    .toLowerCase();
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}
