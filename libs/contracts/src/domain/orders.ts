import { z } from 'zod';
import { defineCommand, type PayloadOf } from '../definition/command.js';
import { defineQuery, type AnswerOf } from '../definition/request.js';
import { exponentialBackoff } from '../definition/retry-policy.js';
import { strictStream } from '../definition/stream.js';
import { currencyCode } from './currency.js';

/** Strict: a cancellation never overtakes the order that it cancels. */
const orderStream = strictStream('order');

const retry = exponentialBackoff({ attemptsMax: 8, initialMs: 200, delayMsMax: 300_000 });

const orderLine = z
  .strictObject({
    sku: z.string().min(1).max(64),
    quantity: z.int().min(1).max(10_000),
    unitPriceCents: z.int().min(0).max(100_000_000),
  })
  .meta({ id: 'OrderLine' });

/** Place one order. Placing it again with the same command id changes nothing. */
export const PlaceOrder = defineCommand({
  type: 'orders.place.v1',
  summary: 'Place an order',
  payload: z
    .strictObject({
      orderId: z.uuid(),
      customerId: z.string().min(1).max(64),
      currency: currencyCode,
      lines: z.array(orderLine).min(1).max(100),
      note: z.string().max(500).optional(),
    })
    .meta({
      id: 'PlaceOrder',
      examples: [
        {
          orderId: '0b9f6a52-6c1e-4c55-9a43-1f0f0a6f8a01',
          customerId: 'customer-42',
          currency: 'EUR',
          lines: [{ sku: 'espresso-1kg', quantity: 2, unitPriceCents: 1890 }],
          note: 'Ring twice.',
        },
      ],
    }),
  result: z.strictObject({ orderId: z.uuid(), totalCents: z.int(), version: z.int() }).meta({ id: 'OrderPlaced' }),
  stream: orderStream,
  key: (order) => order.orderId.toLowerCase(),
  retry,
});
export type PlaceOrder = PayloadOf<typeof PlaceOrder>;

/** Cancel an order that was placed and not yet cancelled. */
export const CancelOrder = defineCommand({
  type: 'orders.cancel.v1',
  summary: 'Cancel an order',
  payload: z.strictObject({ orderId: z.uuid(), reason: z.string().max(500).optional() }).meta({
    id: 'CancelOrder',
    examples: [{ orderId: '0b9f6a52-6c1e-4c55-9a43-1f0f0a6f8a01', reason: 'Changed my mind.' }],
  }),
  result: z.strictObject({ orderId: z.uuid(), version: z.int() }).meta({ id: 'OrderCancelled' }),
  stream: orderStream,
  key: (cancellation) => cancellation.orderId.toLowerCase(),
  retry,
});
export type CancelOrder = PayloadOf<typeof CancelOrder>;

export const orderStatus = z.enum(['placed', 'cancelled']);

const order = z
  .strictObject({
    orderId: z.uuid(),
    customerId: z.string(),
    currency: z.string(),
    totalCents: z.int(),
    lines: z.array(orderLine),
    note: z.string().nullable(),
    status: orderStatus,
    version: z.int(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Order' });

/** One order, or null where none has that id (yet: its command may still wait in the queue). */
export const GetOrder = defineQuery({
  type: 'orders.get.v1',
  summary: 'Read an order',
  payload: z.strictObject({ orderId: z.uuid() }),
  answer: order.nullable(),
});
export type OrderView = NonNullable<AnswerOf<typeof GetOrder>>;

/** Orders, newest first, page by page. */
export const ListOrders = defineQuery({
  type: 'orders.list.v1',
  summary: 'List orders, newest first',
  payload: z.strictObject({
    customerId: z.string().min(1).max(64).optional(),
    status: orderStatus.optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: z.string().min(1).max(200).optional(),
  }),
  answer: z.strictObject({ orders: z.array(order), nextCursor: z.string().nullable() }).meta({ id: 'OrderPage' }),
});
