import type { IncomingHttpHeaders } from 'node:http';
import type { hostRule } from '../http/host-rule.js';

/** Different spellings of Host that are remembered; a client may send as many as it likes. */
const HOSTS_MAX = 1_000;

const JSON_TYPES = new Set(['application/json', 'application/json; charset=utf-8', 'application/json;charset=utf-8']);

/**
 * Tells requests that no rule of the shell has anything to say about: plain JSON of a known length within the bound, for a
 * host that is answered, and not from a browser's page. `assertKnownHost` throws for other hosts.
 */
export function ordinaryRequests(
  bodyBytesMax: number,
  assertKnownHost: ReturnType<typeof hostRule>,
): (headers: IncomingHttpHeaders) => boolean {
  const hosts = new Map<string, boolean>();
  const isKnownHost = (host: string): boolean => {
    const known = hosts.get(host);
    if (known !== undefined) return known;
    if (hosts.size >= HOSTS_MAX) hosts.clear();
    const answered = passes(() => assertKnownHost({ headers: { host } }));
    hosts.set(host, answered);
    return answered;
  };
  return (headers) => {
    const length = Number(headers['content-length']);
    return (
      length > 0 &&
      length <= bodyBytesMax &&
      JSON_TYPES.has(headers['content-type'] ?? '') &&
      headers['content-encoding'] === undefined &&
      headers['transfer-encoding'] === undefined &&
      headers.origin === undefined &&
      headers['sec-fetch-site'] === undefined &&
      headers.host !== undefined &&
      isKnownHost(headers.host)
    );
  };
}

function passes(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
