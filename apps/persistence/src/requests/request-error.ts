import { RequestUnavailable } from '#messaging';
import { QueryFailedError, QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';

import { LaneBusy } from '../database/database.js';
import { TransactionFailure } from '../database/error-table.js';

/**
 * SQLSTATE classes and codes that say "not now" to whoever asks, not "never like this": connection lost, resources, operator
 * intervention (timeouts included), I/O, credentials, no such database, lock not available, and tables not migrated yet.
 */
const AWAY = /^(08|28|3D|3F|40|53|57|58|55P03|42P01|42703)/;

/** Turns what a database that is away makes of a query into `RequestUnavailable`; every other error stays as it is. */
export function asRequestError(error: unknown): unknown {
  if (error instanceof LaneBusy) return unavailable(error);
  if (error instanceof TransactionFailure) {
    const sqlState = error.origin === 'server' ? error.sqlState : undefined;
    return error.origin === 'code' || (sqlState !== undefined && !AWAY.test(sqlState)) ? error : unavailable(error);
  }
  // TypeORM releases a runner whose connection breaks between two of its queries.
  if (error instanceof QueryRunnerAlreadyReleasedError || error instanceof QueryRunnerProviderAlreadyReleasedError) {
    return unavailable(error);
  }
  if (!(error instanceof QueryFailedError)) return error;
  const { code } = error.driverError as { code?: unknown };
  const sqlState = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
  // Without a SQLSTATE it was not the server that spoke: the connection broke.
  return sqlState !== undefined && !AWAY.test(sqlState) ? error : unavailable(error);
}

function unavailable(cause: Error): RequestUnavailable {
  return new RequestUnavailable(`The database cannot answer: ${cause.message}`, { cause });
}
