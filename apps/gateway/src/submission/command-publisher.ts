import type { CommandContract, Outcome } from '#contracts';
import { PublishError, TRANSPORT, type Envelope, type Transport } from '#messaging';
import { Inject, Injectable } from '@nestjs/common';
import { Admission } from '../admission/admission.js';
import { PublishMeter } from '../metrics/publish-meter.js';
import type { Operation } from '../operations/operation.js';
import { Operations } from '../operations/operations.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../settings.js';
import { draftOf, type Draft } from './draft.js';
import { publishProblem } from './publish-problem.js';
import type { Submission } from './submission.js';

/** A draft that has its operation. */
export interface Prepared extends Draft {
  readonly operationId: string;
}

/** Makes envelopes, has them stored, and tells of them as operations. */
@Injectable()
export class CommandPublisher {
  readonly #transport: Transport;
  readonly #settings: Pick<GatewaySettings, 'LANES' | 'PUBLISH_TIMEOUT_MS'>;
  readonly #admission: Admission;
  readonly #operations: Operations;
  readonly #meter: PublishMeter;

  constructor(
    @Inject(TRANSPORT) transport: Transport,
    @Inject(GATEWAY_SETTINGS) settings: GatewaySettings,
    admission: Admission,
    operations: Operations,
    meter: PublishMeter,
  ) {
    this.#transport = transport;
    this.#settings = settings;
    this.#admission = admission;
    this.#operations = operations;
    this.#meter = meter;
  }

  /** Throws a problem as `draftOf` does. `index`: the command's place in a request with several. */
  prepare<Payload>(
    contract: CommandContract<Payload>,
    payload: Payload,
    submission: Submission,
    index?: number,
  ): Prepared {
    const draft = draftOf(contract, payload, submission, this.#settings.LANES, index);
    return { ...draft, operationId: this.#operations.issue(draft.reference, submission.principal) };
  }

  /** Resolves once stored. Throws a problem that says whether it was, and when to come back. */
  async publish({ envelope, operationId }: Prepared): Promise<void> {
    this.#admit(envelope);
    const begunAt = performance.now();
    try {
      const receipt = await this.#transport.publish(envelope, this.#settings.PUBLISH_TIMEOUT_MS);
      this.#meter.accepted(envelope, receipt, performance.now() - begunAt);
    } catch (error) {
      if (!(error instanceof PublishError)) throw error;
      this.#meter.refused(error.outcome === 'unknown' ? 'unknown' : error.failure);
      throw publishProblem(error, operationId, () => this.#admission.retryAfterSeconds());
    }
  }

  #admit({ lane }: Envelope): void {
    try {
      this.#admission.admit(lane);
    } catch (error) {
      this.#meter.refused('backlog');
      throw error;
    }
  }

  /** The command as its caller sees it, with what the ledger is known to have of it. */
  tell({ operationId, reference, repeatable, envelope }: Prepared, outcome: Outcome | undefined): Operation {
    const accepted = repeatable ? {} : { acceptedAtMs: envelope.timeMs };
    return this.#operations.tell(operationId, reference, { outcome, ...accepted });
  }
}
