/** What an error means for the commands of a batch. */
export type ErrorClass = 'systemic' | 'contention' | 'timeout' | 'contract-unavailable' | 'policy' | 'permanent';

/** Where an error came from. Only what the unit's own connection or the pool says can be the database's fault. */
export type ErrorOrigin = 'pool' | 'connection' | 'server' | 'code';

/** A transaction that was not committed, and the error that it is due to. */
export class TransactionFailure extends Error {
  override readonly name = 'TransactionFailure';
  override readonly cause: Error;

  constructor(
    readonly origin: ErrorOrigin,
    cause: unknown,
  ) {
    const error = cause instanceof Error ? cause : new Error(`Not an error was thrown: ${String(cause)}`);
    super(error.message);
    this.cause = error;
  }

  /** The SQLSTATE, where the server sent one over the unit's own connection. */
  get sqlState(): string | undefined {
    if (this.origin === 'code') return undefined;
    const { code } = this.cause as { code?: unknown };
    return typeof code === 'string' && SQL_STATE.test(code) ? code : undefined;
  }
}

const SQL_STATE = /^[0-9A-Z]{5}$/;

/** The first prefix that a SQLSTATE starts with decides; exceptions stand before their class. */
const TABLE: readonly (readonly [ErrorClass, readonly string[]])[] = [
  ['policy', ['53400', '23503', '23505', '23P01', 'P0001']],
  ['systemic', ['08', '53', '57P', '58', '25006', '25P03', '25P04', '28', '3D', 'XX']],
  ['contention', ['40', '55P03', '55006', '0A000', '26000']],
  ['timeout', ['57014']],
  ['contract-unavailable', ['42P01', '42703', '42883', '42501', '3F']],
  ['permanent', ['22', '23502', '23514', '21', '54', '42']],
];

/** A prepared statement of the connection no longer fits the tables; a new connection prepares it anew. */
const STALE_PLAN = ['0A000', '26000'];

/** Errors that handlers and the engine throw by name, whatever else they are. */
const BY_NAME: Readonly<Record<string, ErrorClass>> = {
  Unavailable: 'contract-unavailable',
  HandlerTimeout: 'timeout',
  ResultUnusable: 'permanent',
};

/** No disk left, no connection left, only reading, not yet up, nobody let in: of these no command can be the cause. */
const OF_THE_SERVER_ALONE = ['53100', '53300', '25006', '57P03', '28', '3D'];

/** Whether a systemic failure says by itself that the database is to blame, however often it comes. */
export function blamesTheServer({ origin, sqlState }: TransactionFailure): boolean {
  return origin === 'pool' || OF_THE_SERVER_ALONE.some((prefix) => sqlState?.startsWith(prefix));
}

export function classOfSqlState(sqlState: string): ErrorClass {
  for (const [errorClass, prefixes] of TABLE) {
    if (prefixes.some((prefix) => sqlState.startsWith(prefix))) return errorClass;
  }
  return 'policy';
}

/** Whether the connection is as good as before once the transaction has been rolled back. */
export function sparesTheConnection(failure: TransactionFailure): boolean {
  const errorClass = classOf(failure);
  return errorClass !== 'systemic' && errorClass !== 'timeout' && !STALE_PLAN.includes(failure.sqlState ?? '');
}

export function classOf(failure: TransactionFailure): ErrorClass {
  if (failure.origin === 'code') return BY_NAME[failure.cause.name] ?? 'policy';
  if (failure.origin !== 'server') return 'systemic';
  return failure.sqlState === undefined ? 'policy' : classOfSqlState(failure.sqlState);
}
