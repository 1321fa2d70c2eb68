import { CancelOrder, type ResultOf } from '#contracts';

import { Handles } from '../handling/decorators.js';
import { type Command, type CommandHandler, Rejected, type Unit } from '../handling/handler.js';
import { Order } from './order.js';

@Handles(CancelOrder)
export class CancelOrderHandler implements CommandHandler<typeof CancelOrder> {
  async handle({ payload }: Command<CancelOrder>, { manager }: Unit): Promise<ResultOf<typeof CancelOrder>> {
    const orderId = payload.orderId.toLowerCase();
    const { raw } = await manager
      .createQueryBuilder()
      .update(Order)
      .set({ status: 'cancelled', version: () => 'version + 1', updatedAt: () => 'now()' })
      .where({ id: orderId, status: 'placed' })
      .returning('version')
      .execute();
    const [cancelled] = raw as { version: number }[];
    if (cancelled) return { orderId, version: cancelled.version };
    if (await manager.existsBy(Order, { id: orderId })) {
      throw new Rejected('order-already-cancelled', `The order ${orderId} is cancelled already.`);
    }
    throw new Rejected('order-not-found', `There is no order ${orderId} to cancel.`);
  }
}
