import { GetOrder, type AnswerOf, type PayloadOf } from '#contracts';

import { Answers, type Responder } from '../handling/decorators.js';
import { RequestDatabase } from '../requests/request-database.js';
import { Order, toView } from './order.js';

@Answers(GetOrder)
export class GetOrderResponder implements Responder<typeof GetOrder> {
  constructor(private readonly database: RequestDatabase) {}

  async answer({ orderId }: PayloadOf<typeof GetOrder>): Promise<AnswerOf<typeof GetOrder>> {
    const order = await this.database.read((manager) => manager.findOneBy(Order, { id: orderId }));
    return order && toView(order);
  }
}
