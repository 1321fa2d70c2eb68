import type { IncomingHttpHeaders } from 'node:http';
import { problemOf } from './problem-catalogue.js';

/** `application/json`, and types that are JSON inside, as `application/merge-patch+json` (RFC 6839). */
export const JSON_MEDIA_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

/** Throws a `Problem` for a body that is compressed, or in another encoding of characters than UTF-8. */
export function assertReadableBody(headers: IncomingHttpHeaders): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw problemOf('unsupported-media-type', {
      detail: 'The body must be in UTF-8.',
      errors: [{ header: 'Content-Type', detail: `The charset '${charset}' is not supported; leave it out.` }],
    });
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw problemOf('unsupported-media-type', {
      detail: 'The body must not be compressed.',
      errors: [{ header: 'Content-Encoding', detail: `'${encoding}' is not supported; leave it out.` }],
    });
  }
}
