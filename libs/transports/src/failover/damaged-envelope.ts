import { hash } from 'node:crypto';
import type { Envelope, Undecoded } from '#messaging';

/** No contract has this type: persistence keeps such a command as a dead letter, with its raw bytes as the payload. */
const DAMAGED_TYPE = 'sluice.spool.damaged';
const DAMAGED_SOURCE = 'urn:sluice:spool';
const HASH_CHARACTERS = 32;

/**
 * What the disk damaged, as an envelope: a transport carries nothing else, and the ledger is where dead letters are kept.
 * Its id says where it lay and what is left of it, so that forwarding it twice makes one dead letter. An entry is larger than
 * its command was, so its end is cut off where the transport would refuse it for ever.
 */
export function damagedEnvelope(
  lane: number,
  seq: number,
  { body, reason }: Undecoded,
  bodyBytesMax: number,
): Envelope {
  const isCut = body.byteLength > bodyBytesMax;
  const digest = hash('sha256', body, 'hex').slice(0, HASH_CHARACTERS);
  return Object.freeze({
    id: `lane-${lane}-entry-${seq}-${digest}`,
    type: DAMAGED_TYPE,
    source: DAMAGED_SOURCE,
    partitionKey: '',
    lane,
    timeMs: Date.now(),
    attributes: Object.freeze({ damage: isCut ? `${reason} Of ${body.byteLength} bytes the first are kept.` : reason }),
    body: isCut ? body.subarray(0, bodyBytesMax) : body,
  });
}
