import type { Outcome } from '#contracts';
import { decodeNotice, TRANSPORT, type Transport } from '#messaging';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { LedgerReader } from './ledger-reader.js';

const POLL_MS = 1_500;

interface Watcher {
  readonly onOutcome: (outcome: Outcome) => void;
  last?: Outcome;
}

/**
 * Tells whoever watches a command what became of it: from persistence's notices at once, and from the ledger every
 * 1.5 s, since a notice may be lost or may have gone to another gateway's listeners only.
 */
@Injectable()
export class OutcomeBoard implements OnApplicationShutdown {
  readonly #ledger: LedgerReader;
  readonly #watchers = new Map<string, Set<Watcher>>();
  /** Noticed without their whole outcome, which is read from the ledger. */
  readonly #noticed = new Set<string>();
  readonly #stopListening: () => void;
  readonly #log = new Logger(OutcomeBoard.name);
  #poll: NodeJS.Timeout | undefined;
  #read: NodeJS.Immediate | undefined;

  constructor(@Inject(TRANSPORT) transport: Transport, ledger: LedgerReader) {
    this.#ledger = ledger;
    this.#stopListening = transport.listen((notice) => this.#onNotice(notice));
  }

  /**
   * Calls back with each outcome of the command that is newer than the last one told. Returns what ends the watching.
   * Reads nothing at once: whoever needs the present state reads the ledger after this call.
   */
  watch(commandId: string, onOutcome: (outcome: Outcome) => void): () => void {
    const watcher: Watcher = { onOutcome };
    const watchers = this.#watchers.get(commandId) ?? new Set();
    this.#watchers.set(commandId, watchers.add(watcher));
    if (this.#poll === undefined) this.#pollLater();
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(commandId) === watchers) this.#watchers.delete(commandId);
      if (this.#watchers.size === 0) this.#rest();
    };
  }

  /** Hands an outcome that somebody read to all who watch its command. */
  tell(outcome: Outcome): void {
    for (const watcher of this.#watchers.get(outcome.commandId) ?? []) {
      if (watcher.last && !isNewer(outcome, watcher.last)) continue;
      watcher.last = outcome;
      watcher.onOutcome(outcome);
    }
  }

  onApplicationShutdown(): void {
    this.#stopListening();
    this.#watchers.clear();
    this.#rest();
  }

  #onNotice(bytes: Uint8Array): void {
    // Most of the time nobody waits, and reading every notice would cost as much as a tenth of the submissions.
    if (this.#watchers.size === 0) return;
    const notice = decodeNotice(bytes);
    if (notice === undefined) return;
    for (const { commandId, outcome } of notice.outcomes) {
      if (!this.#watchers.has(commandId)) continue;
      if (outcome) this.tell(outcome);
      else this.#noticed.add(commandId);
    }
    if (this.#noticed.size > 0) this.#read ??= setImmediate(() => void this.#readNoticed());
  }

  async #readNoticed(): Promise<void> {
    const commandIds = [...this.#noticed];
    this.#noticed.clear();
    this.#read = undefined;
    await this.#readAndTell(commandIds);
  }

  #pollLater(): void {
    const timer = setTimeout(() => void this.#pollNow(timer), POLL_MS);
    this.#poll = timer;
  }

  async #pollNow(timer: NodeJS.Timeout): Promise<void> {
    await this.#readAndTell([...this.#watchers.keys()]);
    if (this.#poll !== timer) return;
    this.#poll = undefined;
    if (this.#watchers.size > 0) this.#pollLater();
  }

  async #readAndTell(commandIds: readonly string[]): Promise<void> {
    try {
      const answer = await this.#ledger.find(commandIds);
      for (const outcome of answer?.outcomes.values() ?? []) this.tell(outcome);
    } catch (error) {
      this.#log.error('Outcomes could not be read from the ledger; the next reading is in 1.5 s.', error);
    }
  }

  #rest(): void {
    clearTimeout(this.#poll);
    this.#poll = undefined;
    if (this.#read) clearImmediate(this.#read);
    this.#read = undefined;
    this.#noticed.clear();
  }
}

/** A ledger read that started before a notice may end after it, with the older state; and most reads find nothing new. */
function isNewer(outcome: Outcome, last: Outcome): boolean {
  const aheadMs = Date.parse(outcome.updatedAt) - Date.parse(last.updatedAt);
  return aheadMs > 0 || (aheadMs === 0 && (outcome.state !== last.state || outcome.attempts !== last.attempts));
}
