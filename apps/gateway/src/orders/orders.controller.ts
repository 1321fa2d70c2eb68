import { CancelOrder, GetOrder, ListOrders, PlaceOrder, type OrderView, type PayloadOf } from '#contracts';
import { REQUESTS, type Requests } from '#messaging';
import { Body, Controller, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnswersJson } from '../documents/answers.js';
import { problemOf } from '../http/problem-catalogue.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../settings.js';
import { Accepts } from '../submission/accepts.js';
import { Commands } from '../submission/commands.js';
import { Submission } from '../submission/submission.js';
import { cancellation, orderId, type Cancellation } from './cancellation.js';

@ApiTags('orders')
@Controller('orders')
export class OrdersController {
  readonly #queryTimeoutMs: number;

  constructor(
    private readonly commands: Commands,
    @Inject(REQUESTS) private readonly requests: Requests,
    @Inject(GATEWAY_SETTINGS) settings: GatewaySettings,
  ) {
    this.#queryTimeoutMs = settings.QUERY_TIMEOUT_MS;
  }

  @Post()
  @Accepts(PlaceOrder, { created: (order) => `/orders/${order.orderId}`, rejections: ['order-already-exists'] })
  place(@Body({ schema: PlaceOrder.payload }) order: PlaceOrder, @Submission() submission: Submission) {
    return this.commands.submit(PlaceOrder, order, submission);
  }

  @Post(':id/cancellation')
  @Accepts(CancelOrder, { rejections: ['order-not-found', 'order-already-cancelled'] })
  cancel(
    @Param('id', { schema: orderId }) id: string,
    @Body({ schema: cancellation }) body: Cancellation,
    @Submission() submission: Submission,
  ) {
    return this.commands.submit(CancelOrder, { orderId: id, ...body }, submission);
  }

  @Get(':id')
  @ApiOperation({ summary: GetOrder.summary })
  @AnswersJson(200, 'The order.', GetOrder.answer)
  async read(@Param('id', { schema: orderId }) id: string): Promise<OrderView> {
    const order = await this.requests.ask(GetOrder, { orderId: id }, this.#queryTimeoutMs);
    if (order) return order;
    throw problemOf('not-found', {
      detail: `There is no order ${id}, or none yet: its command may still wait in the queue. Its operation tells.`,
    });
  }

  @Get()
  @ApiOperation({ summary: ListOrders.summary, description: 'Repeat with `nextCursor` as `cursor` for the next page.' })
  @AnswersJson(200, 'One page of orders.', ListOrders.answer)
  list(@Query({ schema: ListOrders.payload }) query: PayloadOf<typeof ListOrders>) {
    return this.requests.ask(ListOrders, query, this.#queryTimeoutMs);
  }
}
