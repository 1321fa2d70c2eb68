import type { Transport } from '#messaging';
import type { Provider } from '@nestjs/common';

import { Database } from '../database/database.js';
import { DrainingTransport } from './draining-transport.js';
import { MoveReport } from './move-report.js';
import { SealBoard } from './seal-board.js';
import { SelfSealer } from './self-sealer.js';
import { enterMove, type TransportUse } from './transport-move.js';

/** What the engine consumes: the transport, or two of them while an installation moves. */
export type Queue = Pick<Transport, 'name' | 'consume' | 'publish' | 'notify' | 'backlog'>;

/** The injection token of the `Queue`. */
export const QUEUE = Symbol('Queue');

/** The transport that is being left, which `DRAIN_FROM` names. */
export interface Drained {
  /** Open; whoever made it closes it after the application. */
  readonly transport: Transport;
  /** Nobody but this process can have published to it, so that this process seals it. */
  readonly sealedHere: boolean;
}

/** The move that this process takes part in, from the first time on that the database was reached. */
export class CurrentMove {
  #id: string | undefined;

  get id(): string {
    if (this.#id === undefined) throw new Error('The database has not been reached yet, which names the move.');
    return this.#id;
  }

  /** For `DatabaseOptions.prepare`. */
  enter(use: TransportUse, lanes: number): NonNullable<ConstructorParameters<typeof Database>[0]['prepare']> {
    return async (runner) => {
      this.#id = await enterMove(runner, use, lanes);
    };
  }
}

export function queueProvider(transport: Transport, drained: Drained | undefined, move: CurrentMove): Provider {
  if (!drained) return { provide: QUEUE, useValue: transport };
  return {
    provide: QUEUE,
    inject: [Database],
    useFactory: (database: Database): Queue => {
      const { transport: from, sealedHere } = drained;
      const board = new SealBoard(database);
      const report = new MoveReport(from, board, { lanes: database.lanes });
      const sealer = sealedHere ? { sealer: new SelfSealer(from, database.lanes) } : {};
      return new DrainingTransport({ from, to: transport, board, report, move: () => move.id, ...sealer });
    },
  };
}
