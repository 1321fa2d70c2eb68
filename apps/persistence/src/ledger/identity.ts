import { derivedCommandId, GATEWAY_SOURCE, type Envelope } from '#messaging';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export interface Identity {
  readonly id: string;
  /** Null where the gateway made the id, which is then used as it is. */
  readonly externalId: string | null;
}

/** Foreign programs may number from 1, so their ids count only together with their source. */
export function identityOf(envelope: Envelope): Identity {
  if (envelope.source === GATEWAY_SOURCE && UUID.test(envelope.id)) return { id: envelope.id, externalId: null };
  return { id: derivedCommandId(envelope.source, envelope.id), externalId: envelope.id };
}

/** The id of the dead line of a foreign command whose id another payload already has. */
export function conflictId(envelope: Envelope, fingerprint: string): string {
  return derivedCommandId(envelope.source, envelope.id, fingerprint);
}

/** The id of a message that is no envelope: the same bytes and headers are the same message. */
export function undecodedId(body: Uint8Array, headers: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
  return derivedCommandId(Buffer.from(body).toString('latin1'), ...sorted.flat());
}
