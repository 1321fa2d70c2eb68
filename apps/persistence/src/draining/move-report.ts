import type { Transport } from '#messaging';
import { Logger } from '@nestjs/common';

import type { SealBoard } from './seal-board.js';

/** How often a move that waits, or is done, says so. */
const REPORT_MS = 10_000;

export interface MoveReportOptions {
  readonly lanes: number;
  readonly reportMs?: number;
}

/** Tells operators how far a move is, and when `DRAIN_FROM` has done its work. */
export class MoveReport {
  readonly #log = new Logger('Move');
  readonly #from: Pick<Transport, 'name' | 'backlog'>;
  readonly #board: SealBoard;
  readonly #options: Required<MoveReportOptions>;
  #timer: NodeJS.Timeout | undefined;
  #told = '';
  #late = 0;

  constructor(from: Pick<Transport, 'name' | 'backlog'>, board: SealBoard, options: MoveReportOptions) {
    this.#from = from;
    this.#board = board;
    this.#options = { reportMs: REPORT_MS, ...options };
  }

  /** How many deliveries came after the seal of their lane, repetitions included. */
  get late(): number {
    return this.#late;
  }

  start(): void {
    void this.#tell();
    this.#timer = setInterval(() => void this.#tell(), this.#options.reportMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  noteLate(lane: number, count: number): void {
    this.#late += count;
    this.#log.warn(
      `${count} commands came through ${this.#from.name} after the seal of lane ${lane}, ${this.#late} in all: they are ` +
        'applied, without promise of order. Is a gateway still publishing there?',
    );
  }

  noteRefusal(error: unknown): void {
    this.#log.error(`The new transport cannot be consumed; trying again. ${String(error)}`);
  }

  /** Only what has changed is worth a line. */
  async #tell(): Promise<void> {
    const text = await this.#text();
    if (text === undefined || text === this.#told) return;
    this.#told = text;
    this.#log.log(text);
  }

  async #text(): Promise<string | undefined> {
    const { name } = this.#from;
    const { count, complete } = this.#board;
    const { lanes } = this.#options;
    if (count === 0) {
      return `Moving away from ${name}: no lane is sealed yet. Stop every gateway and run npm run seal with TRANSPORT=${name}.`;
    }
    if (!complete)
      return `Moving away from ${name}: ${count} of ${lanes} lanes are sealed; the others wait for theirs.`;
    try {
      const backlog = await this.#from.backlog();
      if (backlog.count.value > 0)
        return `Every lane of ${name} is sealed; ${backlog.count.value} commands wait there.`;
    } catch {
      return undefined;
    }
    return `Moved away from ${name}: every lane is sealed and nothing waits there. DRAIN_FROM can be removed.`;
  }
}
