import type { LedgerState, Outcome } from '#contracts';

/**
 * What persistence tells the gateways, and whoever else listens, after a commit: JSON, documented in docs/interop.md. A hint:
 * whoever needs the truth reads the ledger.
 */
export interface Notice {
  /** Of this form; what is only added to it changes nothing here. */
  readonly version: 1;
  readonly outcomes: readonly NoticedOutcome[];
}

export interface NoticedOutcome {
  readonly commandId: string;
  readonly state: LedgerState;
  readonly fingerprint: string;
  /** Who sent the command, and the id that it chose; absent where a gateway made it. */
  readonly source?: string;
  readonly externalId?: string;
  /** The whole outcome where somebody may be waiting for it; absent in a plain `applied` without a result. */
  readonly outcome?: Outcome;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeNotice(outcomes: readonly NoticedOutcome[]): Uint8Array {
  return encoder.encode(JSON.stringify({ version: 1, outcomes } satisfies Notice));
}

/** Undefined for what is no notice: another version's, or noise. */
export function decodeNotice(bytes: Uint8Array): Notice | undefined {
  try {
    const notice = JSON.parse(decoder.decode(bytes)) as Notice;
    return notice.version === 1 && Array.isArray(notice.outcomes) ? notice : undefined;
  } catch {
    return undefined;
  }
}
