import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { listenWithNest, type Intake } from './nest-gateway.js';
import type { Peer, Surroundings } from './peer.js';
import { ReadingRow, type Command } from './reading.js';
import { tableModules } from './table.js';

@Injectable()
class SavingIntake implements Intake {
  constructor(@InjectRepository(ReadingRow) private readonly table: Repository<ReadingRow>) {}

  take(command: Command): Promise<unknown> {
    return this.table.save(command);
  }
}

/** No queue: the request waits for TypeORM's `save`. */
export const peer: Peer = {
  gateway: ({ port, databaseUrl }: Surroundings) => listenWithNest(port, tableModules(databaseUrl), SavingIntake),
};
