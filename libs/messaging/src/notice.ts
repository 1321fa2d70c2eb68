import type { LedgerState, Outcome } from '#contracts';

/** What persistence tells the gateways after a commit. A hint: whoever needs the truth reads the ledger. */
export interface Notice {
  readonly outcomes: readonly NoticedOutcome[];
}

export interface NoticedOutcome {
  readonly commandId: string;
  readonly state: LedgerState;
  readonly fingerprint: string;
  /** The whole outcome where somebody may be waiting for it; absent in a plain `applied` without a result. */
  readonly outcome?: Outcome;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeNotice(notice: Notice): Uint8Array {
  return encoder.encode(JSON.stringify(notice));
}

/** Undefined for what is no notice: another version's, or noise. */
export function decodeNotice(bytes: Uint8Array): Notice | undefined {
  try {
    const notice = JSON.parse(decoder.decode(bytes)) as Notice;
    return Array.isArray(notice.outcomes) ? notice : undefined;
  } catch {
    return undefined;
  }
}
