import { isLoopback } from '#settings';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { GatewaySettings } from '../settings.js';
import { problemOf } from './problem-catalogue.js';

/**
 * Without authentication, being on loopback is all the protection there is; a web page whose own name resolves to
 * 127.0.0.1 would get past it. Such a page's requests carry its name in `Host`, so only loopback's own names are answered.
 */
export function hostRule({ AUTH, HOST }: Pick<GatewaySettings, 'AUTH' | 'HOST'>): HostRule {
  if (AUTH === 'none') return () => {};
  return (request) => {
    const name = hostNameOf(request.headers.host ?? '');
    if (name !== undefined && (isLoopback(name) || name === HOST.toLowerCase())) return;
    throw problemOf('unknown-host', {
      detail: 'Without authentication the gateway answers only to localhost, a loopback address, or HOST.',
      errors: [{ header: 'Host', detail: 'Use the name localhost or the address 127.0.0.1.' }],
    });
  };
}

/** Throws a `Problem` where HTTP/1.1 wants a Host (RFC 9112 §3.2) and there is none. */
export function assertHostGiven({ httpVersion, headers }: Pick<IncomingMessage, 'httpVersion' | 'headers'>): void {
  if (httpVersion !== '1.1' || headers.host !== undefined) return;
  throw problemOf('invalid-request', {
    detail: 'HTTP/1.1 requires a Host header.',
    errors: [{ header: 'Host', detail: 'It is missing.' }],
  });
}

/** Throws a `Problem` for a request to another host. */
type HostRule = (request: { readonly headers: Pick<IncomingHttpHeaders, 'host'> }) => void;

/** The host of a `Host` header, without its port; undefined where it is none. */
export function hostNameOf(authority: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::\d{1,5})?$/i.exec(authority)?.[1]?.toLowerCase();
}
