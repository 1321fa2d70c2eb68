import { isIP } from 'node:net';

/** One end to dial: a name or an address, and a port. */
export interface HostPort {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;

/** Reads `a:3101,b:3101,[::1]:3101`. Undefined when any of it is not a host with a port. */
export function parseHostList(text: string): readonly HostPort[] | undefined {
  const hosts = text.split(',').map((entry) => parseHostPort(entry.trim()));
  return hosts.every((host) => host !== undefined) ? hosts : undefined;
}

export function hostPortText({ host, port }: HostPort): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether nobody beyond this machine can be at that name or address. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

function parseHostPort(text: string): HostPort | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > PORT_MAX) return undefined;
  return bracketed !== undefined && isIP(bracketed) !== 6 ? undefined : { host, port };
}
