import type { HealthState } from '#messaging';

export interface FailoverParts {
  /** The transport behind the spool. */
  readonly behind: HealthState;
  readonly spool: HealthState;
  /** Whether commands go by the spool now. */
  readonly spooling: boolean;
  /** What the last command that could not be forwarded failed of. */
  readonly failure: string | undefined;
}

/** Up as long as one of the two stores commands; the reason says which, and why. */
export function failoverHealth({ behind, spool, spooling, failure }: FailoverParts): HealthState {
  if (behind.status === 'up' && spool.status === 'up') {
    if (!spooling) return { status: 'up' };
    const why = failure === undefined ? '' : ` ${failure}`;
    return { status: 'up', reason: `Commands go by the spool until it is empty.${why}` };
  }
  if (behind.status === 'up') return { status: 'up', reason: `The spool takes no commands: ${spool.reason}` };
  if (spool.status === 'up') return { status: 'up', reason: `Commands go to the spool: ${behind.reason}` };
  return { status: spool.status, reason: `Neither takes commands. ${behind.reason} ${spool.reason}` };
}
