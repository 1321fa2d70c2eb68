import { RecordReading } from '#contracts';

import { bulkInsert } from '../bulk/bulk-insert.js';
import { Handles } from '../handling/decorators.js';
import type { BatchHandler, Command, Unit } from '../handling/handler.js';
import { Reading } from './reading.js';

@Handles(RecordReading)
export class RecordReadingHandler implements BatchHandler<typeof RecordReading> {
  async handleBatch(commands: readonly Command<RecordReading>[], { manager }: Unit): Promise<void> {
    const rows = commands.map(({ id, payload }) => ({ commandId: id, ...payload }));
    await bulkInsert(manager, Reading, rows);
  }
}
