import { Problem, type ProblemDetails, type RequestFault } from './problem.js';

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What it means and what the caller can do, for the page that its type leads to. */
  readonly meaning: string;
}

const kind = (status: number, title: string, meaning: string): ProblemKind => ({ status, title, meaning });

/** Every problem that the gateway answers with, by the slug of its type. A slug is never given another meaning. */
export const PROBLEMS = {
  'invalid-request': kind(
    400,
    'The request is not valid.',
    'A body, parameter or header breaks its schema. `errors` lists every fault: `pointer` leads into the body ' +
      '(RFC 6901), `parameter` names a part of the path or query, `header` a header. Repeat the request when it is mended.',
  ),
  'malformed-json': kind(
    400,
    'The body is not JSON.',
    'The body could not be read as JSON, so nothing of it was looked at. `detail` says where the reading stopped.',
  ),
  'malformed-request': kind(
    400,
    'The request is not readable HTTP.',
    'The request line, a header, the length or the percent-encoding of the URL is broken.',
  ),
  'not-found': kind(404, 'Nothing is here.', 'No resource has this path or id, or it is not yours to see.'),
  'method-not-allowed': kind(405, 'The method is not allowed here.', '`Allow` names the methods that this path takes.'),
  'request-timeout': kind(
    408,
    'The request took too long to arrive.',
    'The gateway gives slow clients a bounded time to send a request. Nothing was submitted; send it again.',
  ),
  conflict: kind(409, 'The state of the resource does not allow it.', '`detail` says which state it is in.'),
  'not-replayable': kind(
    409,
    'The dead letter cannot be replayed.',
    'It arrived without a readable type, so no handler can ever run it. It stays dead; it can be read and discarded.',
  ),
  gone: kind(
    410,
    'It is past its retention.',
    'What became of the command is no longer on record: it was settled longer ago than the ledger keeps lines.',
  ),
  'body-too-large': kind(
    413,
    'The body is too large.',
    'The body is larger than BODY_BYTES_MAX, or than the transport can carry. Nothing was stored.',
  ),
  'uri-too-long': kind(414, 'The URL is too long.', 'A part of the path is longer than any id that the gateway gives.'),
  'unsupported-media-type': kind(
    415,
    'The content type is not supported.',
    'Send bodies as `Content-Type: application/json`, in UTF-8.',
  ),
  'unknown-host': kind(
    421,
    'The Host header names another host.',
    'Without authentication the gateway answers only requests for the address that it listens on, so that no web page ' +
      'can reach it under a name of its own (DNS rebinding).',
  ),
  'foreign-origin': kind(
    403,
    'Requests of other web sites are refused.',
    "A browser sent this request for another site's page. Without authentication that would let any page submit commands.",
  ),
  'command-rejected': kind(
    422,
    'The command was rejected.',
    'It was run and the domain said no; `error` says why. Nothing changed, and repeating it as it is will not help.',
  ),
  'order-not-found': kind(422, 'There is no such order.', 'The command was run, and no order had this id.'),
  'order-already-exists': kind(
    409,
    'The order exists already.',
    'Another command has placed an order of this id. Use a new `orderId` for a new order.',
  ),
  'order-already-cancelled': kind(409, 'The order is cancelled already.', 'Another command has cancelled it.'),
  'idempotency-key-missing': kind(
    400,
    'An Idempotency-Key is required.',
    'This command is taken only with an `Idempotency-Key` header, so that a repeated request cannot run twice.',
  ),
  'idempotency-key-reused': kind(
    422,
    'The Idempotency-Key belongs to another request.',
    'The same key came before with another payload. Use a new key for a new command.',
  ),
  'headers-too-large': kind(431, 'The headers are too large.', 'Line and headers together pass HEADER_BYTES_MAX.'),
  'internal-error': kind(
    500,
    'The gateway failed.',
    'A fault of the gateway, not of the request. Its log has the cause under the `errorId`.',
  ),
  overloaded: kind(
    503,
    'Too much is waiting.',
    'The backlog has reached its bound, so nothing was stored. Come back after `Retry-After` seconds.',
  ),
  'transport-unavailable': kind(
    503,
    'Commands cannot be stored now.',
    'The transport is away or closing. Nothing was stored. Come back after `Retry-After` seconds.',
  ),
  'outcome-unknown': kind(
    503,
    'It is not known whether the command was stored.',
    'The answer of the transport was lost. The `operation` tells when it is there; repeating the request with the same ' +
      '`Idempotency-Key` is safe.',
  ),
  'database-unavailable': kind(
    503,
    'Reading is not possible now.',
    'Persistence or its database is away. Commands are still accepted; reads come back with the database.',
  ),
  unavailable: kind(503, 'Not available now.', 'Come back after `Retry-After` seconds.'),
} as const satisfies Record<string, ProblemKind>;

export type ProblemSlug = keyof typeof PROBLEMS;

/** A problem of a known kind. */
export function problemOf(
  slug: ProblemSlug,
  given: Pick<ProblemDetails, 'detail' | 'extensions' | 'headers'> & { errors?: readonly RequestFault[] } = {},
  options: { cause?: unknown } = {},
): Problem {
  const { status, title } = PROBLEMS[slug];
  return new Problem({ type: `/problems/${slug}`, status, title, ...given }, options);
}
