import type { Outcome } from '#contracts';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { problemOf } from '../http/problem-catalogue.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../settings.js';
import { OperationStream } from './operation-stream.js';
import { Operations } from './operations.js';
import { OutcomeBoard } from './outcome-board.js';

/** The event streams of all clients, bounded in number and in time. */
@Injectable()
export class OperationStreams implements BeforeApplicationShutdown {
  readonly #operations: Operations;
  readonly #board: OutcomeBoard;
  readonly #settings: Pick<GatewaySettings, 'STREAMS_MAX' | 'STREAM_MS_MAX'>;
  readonly #open = new Set<OperationStream>();

  constructor(operations: Operations, board: OutcomeBoard, @Inject(GATEWAY_SETTINGS) settings: GatewaySettings) {
    this.#operations = operations;
    this.#board = board;
    this.#settings = settings;
  }

  /**
   * The present state, unless the client saw it already, then each change, until the operation is settled, the client
   * leaves, or STREAM_MS_MAX is over. Null when it is settled and the client saw that: nothing will come any more.
   * Throws a 404 or 410 problem, or 503 when there are too many streams.
   */
  async follow(id: string, principal: string, lastEventId?: string): Promise<ReadableStream<string> | null> {
    const reference = this.#operations.refer(id, principal);
    const stream = this.#place(lastEventId);
    const tell = (outcome: Outcome) =>
      stream.tell(this.#operations.tell(id, reference, { outcome, ledger: 'reached' }));
    stream.onEnd(this.#board.watch(reference.commandId, tell));
    try {
      const { operation, outcome } = await this.#operations.read(id, principal);
      // Through the board, which knows whether a notice has told something newer meanwhile.
      if (outcome) this.#board.tell(outcome);
      else if (!stream.told) stream.tell(operation);
    } catch (error) {
      stream.end();
      throw error;
    }
    return stream.superfluous ? null : stream.readable;
  }

  get count(): number {
    return this.#open.size;
  }

  beforeApplicationShutdown(): void {
    for (const stream of this.#open) stream.end();
  }

  #place(lastEventId: string | undefined): OperationStream {
    if (this.#open.size >= this.#settings.STREAMS_MAX) {
      throw problemOf('unavailable', {
        detail: `The gateway serves ${this.#settings.STREAMS_MAX} event streams already; poll the operation instead.`,
        headers: { 'retry-after': '5' },
      });
    }
    const stream = new OperationStream(this.#settings.STREAM_MS_MAX, lastEventId);
    this.#open.add(stream);
    stream.onEnd(() => this.#open.delete(stream));
    return stream;
  }
}
