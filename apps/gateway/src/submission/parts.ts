import { catalogue } from '#contracts';
import type { Provider, Type } from '@nestjs/common';
import { Admission } from '../admission/admission.js';
import { LedgerReader } from '../operations/ledger-reader.js';
import { OperationIds } from '../operations/operation-id.js';
import { ownOperationSecret } from '../operations/operation-secret.js';
import { OperationStreams } from '../operations/operation-streams.js';
import { OperationTypes } from '../operations/operation-types.js';
import { PublishMeter } from '../metrics/publish-meter.js';
import { BacklogView } from '../metrics/backlog-view.js';
import { AcceptanceReporter } from '../metrics/acceptance-reporter.js';
import { Operations } from '../operations/operations.js';
import { OperationsController } from '../operations/operations.controller.js';
import { OutcomeBoard } from '../operations/outcome-board.js';
import { OutcomeWaiters } from '../operations/outcome-waiters.js';
import { OrdersController } from '../orders/orders.controller.js';
import { ReadingsController } from '../readings/readings.controller.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../settings.js';
import { CommandBatches } from './command-batches.js';
import { CommandPublisher } from './command-publisher.js';
import { Commands } from './commands.js';
import { KnownCommands } from './known-commands.js';

/** What takes commands in and tells what became of them. */
export const SUBMISSION_CONTROLLERS: readonly Type[] = [OrdersController, ReadingsController, OperationsController];

/** Need `TRANSPORT`, `REQUESTS` and `GATEWAY_SETTINGS` beside them. */
export const SUBMISSION_PROVIDERS: readonly Provider[] = [
  {
    provide: OperationIds,
    inject: [GATEWAY_SETTINGS],
    useFactory: ({ OPERATION_SECRETS, DATA_DIR }: GatewaySettings) =>
      new OperationIds(
        OPERATION_SECRETS ?? [ownOperationSecret(DATA_DIR)],
        new OperationTypes(catalogue.commands.keys()),
      ),
  },
  LedgerReader,
  OutcomeBoard,
  OutcomeWaiters,
  Operations,
  OperationStreams,
  Admission,
  {
    provide: PublishMeter,
    inject: [GATEWAY_SETTINGS],
    useFactory: ({ LANES }: GatewaySettings) => new PublishMeter(catalogue.commands.keys(), LANES),
  },
  BacklogView,
  AcceptanceReporter,
  CommandPublisher,
  KnownCommands,
  Commands,
  CommandBatches,
];
