import { Catalogue } from '../definition/catalogue.js';
import * as ledger from './ledger.js';
import { CancelOrder, GetOrder, ListOrders, PlaceOrder } from './orders.js';
import { ListReadings, RecordReading } from './readings.js';
import { ReportAccepted } from './reconciliation.js';
import { MoveStanding, SealLane } from './seals.js';

/** Everything that this installation can be asked. */
export const catalogue = new Catalogue([
  PlaceOrder,
  CancelOrder,
  GetOrder,
  ListOrders,
  RecordReading,
  ListReadings,
  ledger.FindOutcomes,
  ledger.LedgerStanding,
  ledger.ListDeadLetters,
  ledger.GetDeadLetter,
  ledger.ReplayDeadLetter,
  ledger.ReplayDeadLetters,
  ledger.DiscardDeadLetter,
  ReportAccepted,
  SealLane,
  MoveStanding,
]);
