import { PlaceOrder, type ResultOf } from '#contracts';

import { bulkInsert } from '../bulk/bulk-insert.js';
import { Handles } from '../handling/decorators.js';
import type { BatchHandler, Command, Unit } from '../handling/handler.js';
import { Order } from './order.js';

type Placed = ResultOf<typeof PlaceOrder>;

@Handles(PlaceOrder)
export class PlaceOrderHandler implements BatchHandler<typeof PlaceOrder> {
  async handleBatch(commands: readonly Command<PlaceOrder>[], unit: Unit): Promise<ReadonlyMap<string, Placed>> {
    const rows = commands.map(({ payload }) => toRow(payload));
    const inserted = await bulkInsert(unit.manager, Order, rows, { onConflict: 'nothing', returning: ['id'] });
    const unclaimed = new Set(inserted.map(({ id }) => id));
    const results = new Map<string, Placed>();
    for (const [index, command] of commands.entries()) {
      const { id, totalCents, version } = rows[index]!;
      // Deleting claims the row, so of two commands for one order only the first is told that it placed it.
      if (unclaimed.delete(id)) results.set(command.id, { orderId: id, totalCents, version });
      else unit.reject(command, 'order-already-exists', `Another command has placed the order ${id}.`);
    }
    return results;
  }
}

function toRow({ orderId, customerId, currency, lines, note }: PlaceOrder) {
  const totalCents = lines.reduce((sum, { quantity, unitPriceCents }) => sum + quantity * unitPriceCents, 0);
  return {
    id: orderId.toLowerCase(),
    customerId,
    currency,
    totalCents,
    lines,
    note: note ?? null,
    status: 'placed' as const,
    version: 1,
  };
}
