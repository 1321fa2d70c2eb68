import { ListOrders, type AnswerOf, type PayloadOf } from '#contracts';
import type { EntityManager } from 'typeorm';

import { Answers, type Responder } from '../handling/decorators.js';
import { decodeCursor, encodeCursor } from '../requests/cursor.js';
import { instantText } from '../requests/instant.js';
import { RequestDatabase } from '../requests/request-database.js';
import { Order, toView } from './order.js';

type Filter = PayloadOf<typeof ListOrders>;

@Answers(ListOrders)
export class ListOrdersResponder implements Responder<typeof ListOrders> {
  constructor(private readonly database: RequestDatabase) {}

  async answer(filter: Filter): Promise<AnswerOf<typeof ListOrders>> {
    const query = (manager: EntityManager) => pageOf(manager, filter).getRawAndEntities<{ at: string }>();
    const { entities, raw } = await this.database.read(query);
    const orders = entities.slice(0, filter.limit);
    const last = orders.at(-1);
    const more = entities.length > filter.limit;
    return {
      orders: orders.map(toView),
      nextCursor: more && last ? encodeCursor({ at: raw[orders.length - 1]!.at, id: last.id }) : null,
    };
  }
}

/** One row more than a page, which tells whether there is a next one. */
function pageOf(manager: EntityManager, { customerId, status, limit, cursor }: Filter) {
  const page = manager
    .createQueryBuilder(Order, 'o')
    .addSelect(instantText('o.createdAt'), 'at')
    .orderBy('o.createdAt', 'DESC')
    .addOrderBy('o.id', 'DESC')
    .limit(limit + 1);
  if (customerId !== undefined) page.andWhere('o.customerId = :customerId', { customerId });
  if (status !== undefined) page.andWhere('o.status = :status', { status });
  if (cursor !== undefined) {
    page.andWhere('(o.createdAt, o.id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))', { ...decodeCursor(cursor) });
  }
  return page;
}
