import { isIP } from 'node:net';
import { z } from 'zod';

/** One end to dial: a name or an address, and a port. */
export interface HostPort {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;

/** A setting's text as `a:3101,b:3101,[::1]:3101`. */
export const hostListText = z
  .string()
  .max(4_096)
  .refine((text) => text.split(',').every((entry) => parseHostPort(entry) !== undefined))
  .meta({ description: 'hosts with their ports, separated by commas, as a:3101,b:3101' });

/** Reads what `hostListText` takes. Throws a `TypeError` for anything else. */
export function parseHostList(text: string): readonly HostPort[] {
  return text.split(',').map((entry) => {
    const host = parseHostPort(entry);
    if (host === undefined) throw new TypeError(`'${entry}' is not a host with its port, as a:3101.`);
    return host;
  });
}

export function hostPortText({ host, port }: HostPort): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseHostPort(text: string): HostPort | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):(\d{1,5})$/i.exec(text.trim()) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > PORT_MAX) return undefined;
  return bracketed !== undefined && isIP(bracketed) !== 6 ? undefined : { host, port };
}
