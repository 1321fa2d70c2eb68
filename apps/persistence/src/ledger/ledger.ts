import type { LedgerState } from '#contracts';
import type { Transaction } from '../database/transaction.js';
import type { ArrivedLine, LineState } from './line.js';
import {
  changeStatement,
  ledgerStatements,
  resultsStatement,
  undecodedStatement,
  type LedgerStatements,
} from './statements.js';
import { listArray, storableJson, storableRecord, textArray, uuidArray } from './text.js';

export type WholeLine = ArrivedLine & LineState;

/** Writes lines. Every method runs in a transaction that holds the lane's lock. */
export class Ledger {
  readonly #statements: LedgerStatements;

  constructor(statements: LedgerStatements = ledgerStatements) {
    this.#statements = statements;
  }

  /**
   * Enters lines, ids once each, those of a lane in order of delivery, and in their lanes' accounts. Returns the states of those
   * that are new: `applied`, to be earned by running them; `parked` behind their key; `dead`, since older than what deduplication
   * remembers.
   */
  async enter(transaction: Transaction, lines: readonly ArrivedLine[]): Promise<Map<string, LedgerState>> {
    const rows = await transaction.rows<[string, LedgerState]>({
      name: 'sluice-ledger-arrived',
      text: this.#statements.arrived,
      values: [
        uuidArray(lines.map((line) => line.id)),
        listArray(lines.map((line) => line.lane)),
        textArray(lines.map((line) => line.type)),
        textArray(lines.map((line) => line.stream)),
        textArray(lines.map((line) => line.key)),
        listArray(lines.map((line) => line.strict)),
        textArray(lines.map((line) => line.fingerprint)),
        listArray(lines.map((line) => line.acceptedAtMs)),
        textArray(lines.map((line) => line.source)),
        textArray(lines.map((line) => line.externalId)),
        textArray(lines.map((line) => line.principal)),
        textArray(lines.map((line) => line.traceParent)),
      ],
    });
    return new Map(rows);
  }

  /** Writes lines that have none yet and returns the ids of those; what another owner has settled stays as it is. */
  async enterWhole(transaction: Transaction, lines: readonly WholeLine[]): Promise<Set<string>> {
    if (lines.length === 0) return new Set();
    const rows = await transaction.query<{ id: string }>(this.#statements.whole, [wholeJson(lines)]);
    return new Set(rows.map((row) => row.id));
  }

  /** Writes a message that does not decode, or counts its arrival. Returns whether its line is new. */
  async enterUndecoded(transaction: Transaction, line: WholeLine): Promise<boolean> {
    const [row] = await transaction.query<{ arrivals: number }>(undecodedStatement, [wholeJson([line])]);
    return row?.arrivals === 1;
  }

  /** Gives lines another state than they were entered with. */
  async change(transaction: Transaction, lines: readonly ({ readonly id: string } & LineState)[]): Promise<void> {
    if (lines.length === 0) return;
    const states = lines.map((line) => ({ id: line.id, ...stateJson(line) }));
    await transaction.query(changeStatement, [storableJson(states)]);
  }

  /** Keeps results, each a JSON text. */
  async keepResults(transaction: Transaction, results: ReadonlyMap<string, string>): Promise<void> {
    if (results.size === 0) return;
    await transaction.rows({
      name: 'sluice-ledger-results',
      text: resultsStatement,
      values: [uuidArray([...results.keys()]), [...results.values()]],
    });
  }
}

function wholeJson(lines: readonly WholeLine[]): string {
  return storableJson(
    lines.map((line) => ({
      id: line.id,
      lane: line.lane,
      type: line.type,
      stream: line.stream,
      key: line.key,
      fingerprint: line.fingerprint,
      accepted_ms: line.acceptedAtMs,
      source: line.source,
      external_id: line.externalId,
      principal: line.principal,
      trace_parent: line.traceParent,
      ...stateJson(line),
    })),
  );
}

function stateJson(line: LineState) {
  return {
    state: line.state,
    attempts: line.attempts,
    due_ms: line.dueAtMs ?? null,
    expires_ms: line.expiresAtMs ?? null,
    unavailable_ms: line.unavailableSinceMs ?? null,
    error_code: line.error?.code ?? null,
    error_message: line.error?.message ?? null,
    failure_group: line.failureGroup ?? null,
    history: line.history ?? null,
    payload: line.payload ? Buffer.from(line.payload).toString('base64') : null,
    headers: line.headers ? storableRecord(line.headers) : null,
  };
}
