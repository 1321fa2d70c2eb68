/** A part of a command's way, and the code that is it. Patterns see a place as `apps/…`, `libs/…`, a package's, or `node:…`. */
export interface PhaseRule {
  readonly phase: string;
  readonly place: RegExp;
  /** Only these functions; all where undefined. */
  readonly name?: RegExp;
}

const COMMIT = /^(?:commit|begin|#?transact\w*)$/;
const ADVANCE = /^#?(?:ack|advance|settle|settled)\w*$/i;
const RECEIVING =
  /^libs\/transports\/src\/(?:lane-(?:hold|pump)|pushed-lane|[\w-]+\/(?:[\w-]*consumer[\w-]*|lane-(?:keeper|owners|reader|run|session)|merged-intake|partition-reader|remote-source))\.js/;

/**
 * Who pays for a microsecond: the innermost function under way that one of the rules of the first rank knows, else one of the
 * second rank, else of the third. So a write to a socket belongs to what asked for it, and what no work of ours asked for,
 * such as the parsing of what a socket brings, to the package that does it.
 */
export const RANKS: readonly (readonly PhaseRule[])[] = [
  [
    { phase: 'garbage collection', place: /^$/, name: /^\(garbage collector\)$/ },
    { phase: 'validation', place: /^apps\/gateway\/src\/http\/request-validation/ },
    { phase: 'validation', place: /^(?:zod|class-validator|class-transformer)\// },
    { phase: 'validation', place: /^libs\/contracts\// },
    { phase: 'admission and metrics', place: /^apps\/gateway\/src\/(?:admission|metrics)\// },
    { phase: 'operation and answer', place: /^apps\/gateway\/src\/operations\// },
    { phase: 'envelope', place: /^apps\/gateway\/src\/submission\// },
    { phase: 'decode', place: /^apps\/persistence\/src\/engine\/decode/ },
    { phase: 'ledger', place: /^apps\/persistence\/src\/ledger\// },
    { phase: 'effect', place: /^apps\/persistence\/src\/(?:bulk|handling|orders|readings)\// },
    { phase: 'effect', place: /^apps\/persistence\/src\/engine\/(?:handler-call|in-savepoint|waves)/ },
    { phase: 'commit', place: /^apps\/persistence\/src\/database\//, name: COMMIT },
    { phase: 'advance', place: /^apps\/persistence\/src\/engine\/(?:tell-again|teller)/ },
    { phase: 'advance', place: /^libs\/transports\/src\/notice-board/ },
    { phase: 'advance', place: RECEIVING, name: ADVANCE },
    { phase: 'publish', place: /^libs\/spool\// },
  ],
  [
    { phase: 'envelope', place: /^libs\/messaging\/src\/(?:cloud-events|command-id|envelope|fingerprint|lane)/ },
    { phase: 'wire', place: RECEIVING },
    { phase: 'publish', place: /^libs\/transports\// },
    { phase: 'reconciliation', place: /^apps\/persistence\/src\/reconciliation\// },
    { phase: 'batch engine', place: /^apps\/persistence\/src\/(?:engine|database|metrics|draining)\// },
    { phase: 'HTTP', place: /^apps\/gateway\/src\/http\// },
    { phase: 'HTTP', place: /^(?:fastify|find-my-way|light-my-request|@fastify\/[\w-]+|avvio|secure-json-parse)\// },
    { phase: 'HTTP', place: /^(?:@nestjs\/platform-fastify|fast-json-stringify|ajv[\w-]*|content-type)\// },
    { phase: 'Nest and RxJS', place: /^(?:@nestjs\/(?:core|common|microservices)|rxjs|reflect-metadata)\// },
    { phase: 'reference: envelope, publish, batches', place: /^peers\// },
  ],
  [
    { phase: 'HTTP', place: /^node:(?:_http_\w+|internal\/http|http)/ },
    {
      phase: 'wire',
      place: /^(?:libs\/wire|amqplib|@acuminous\/[\w-]+|@platformatic\/[\w-]+|@nats-io\/[\w-]+|rhea)\//,
    },
    { phase: 'database answers', place: /^(?:pg|pg-[\w-]+|postgres-[\w-]+|typeorm)\// },
    { phase: 'sockets and streams', place: /^node:(?:net|internal\/(?:stream|streams|js_stream)\w*|stream)/ },
    { phase: 'turns of the loop', place: /^node:(?:internal\/(?:process\/task_queues|timers|async_hooks)|timers)/ },
  ],
];

/** What no rule knows, and native code that runs without any function of ours. */
export const NOT_ATTRIBUTED = 'not attributed';

/** What the process does besides its JavaScript: the journal's thread, libuv's, and V8's own. */
export const OTHER_THREADS = 'other threads';
