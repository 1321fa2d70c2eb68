import { ReportAccepted, type PayloadOf, type Reconciled } from '#contracts';

import { Answers, type Responder } from '../handling/decorators.js';
import { Reconciliation } from './reconciliation.js';

@Answers(ReportAccepted)
export class ReportAcceptedResponder implements Responder<typeof ReportAccepted> {
  constructor(private readonly reconciliation: Reconciliation) {}

  answer({ gateway, lanes }: PayloadOf<typeof ReportAccepted>): Promise<Reconciled> {
    return this.reconciliation.report(gateway, lanes);
  }
}
