import { DiscardDeadLetterResponder } from './dead-letters/discard-dead-letter.responder.js';
import { FindOutcomesResponder } from './dead-letters/find-outcomes.responder.js';
import { GetDeadLetterResponder } from './dead-letters/get-dead-letter.responder.js';
import { LedgerStandingResponder } from './dead-letters/ledger-standing.responder.js';
import { ListDeadLettersResponder } from './dead-letters/list-dead-letters.responder.js';
import { ReplayDeadLetterResponder } from './dead-letters/replay-dead-letter.responder.js';
import { ReplayDeadLettersResponder } from './dead-letters/replay-dead-letters.responder.js';
import { MoveStandingResponder } from './draining/move-standing.responder.js';
import { SealLaneHandler } from './draining/seal-lane.handler.js';
import { CancelOrderHandler } from './orders/cancel-order.handler.js';
import { GetOrderResponder } from './orders/get-order.responder.js';
import { ListOrdersResponder } from './orders/list-orders.responder.js';
import { PlaceOrderHandler } from './orders/place-order.handler.js';
import { ListReadingsResponder } from './readings/list-readings.responder.js';
import { RecordReadingHandler } from './readings/record-reading.handler.js';
import { ReportAcceptedResponder } from './reconciliation/report-accepted.responder.js';

/** One for each command contract of the catalogue. */
export const HANDLERS = [PlaceOrderHandler, CancelOrderHandler, RecordReadingHandler, SealLaneHandler];

/** One for each request contract of the catalogue. */
export const RESPONDERS = [
  GetOrderResponder,
  ListOrdersResponder,
  ListReadingsResponder,
  FindOutcomesResponder,
  LedgerStandingResponder,
  ListDeadLettersResponder,
  GetDeadLetterResponder,
  ReplayDeadLetterResponder,
  ReplayDeadLettersResponder,
  DiscardDeadLetterResponder,
  MoveStandingResponder,
  ReportAcceptedResponder,
];
