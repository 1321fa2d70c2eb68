import { z } from 'zod';
import type { SpoolRecords, SpoolStanding } from '#spool';
import type { Frame } from '#wire';

const EMPTY = new Uint8Array();

/** One kind of message between a gateway and a consumer: how it is framed, and how it is read and checked again. */
class Message<Head> {
  readonly kind: number;
  readonly #schema: z.ZodType<Head>;

  constructor(kind: number, schema: z.ZodType<Head>) {
    this.kind = kind;
    this.#schema = schema;
  }

  frame(head: Head, body: Uint8Array = EMPTY): Frame {
    return { kind: this.kind, head, body };
  }

  /** Throws when the head is not one of this kind. */
  read({ head }: Frame): Head {
    return this.#schema.parse(head);
  }
}

const count = z.number().int().nonnegative();
/** One giving of a lane to a consumer: numbered by the gateway, so that what is late names one that is over. */
const given = { lane: count, assignment: count };

/** To the consumer: the lane is yours, or has more; its newest entry is `last`, and what you have not seen starts after `from`. */
export const Offer = new Message(1, z.object({ ...given, from: count, last: count }));

/** To the consumer: the answer to a pull; the body holds the records, and may hold none. */
export const Deliver = new Message(
  2,
  z.object({ ...given, last: count, seqs: z.array(count), ends: z.array(count), damaged: z.array(count) }),
);

/** To the consumer: let what runs settle, drop the rest, and release the lane. */
export const Revoke = new Message(3, z.object(given));

/** To the consumer: what waits in this gateway's spool. */
export const Standing = new Message(
  4,
  z.object({ count, bytes: count, oldestAtMs: z.number().nullable(), lanes: z.array(count) }),
);

/** To the gateway: whether this process takes lanes. */
export const Ready = new Message(16, z.object({ takes: z.boolean() }));

/** To the gateway: there is room for so much more of the lane. One at a time, answered by one `Deliver`. */
export const Pull = new Message(17, z.object({ ...given, count: z.number().int().positive(), bytes: count }));

/** To the gateway: everything of the lane up to `seq` is settled. */
export const Settled = new Message(18, z.object({ ...given, seq: count }));

/** To the gateway: nothing of the lane is in hand any more. */
export const Released = new Message(19, z.object(given));

/** Either way: a hint for whoever listens, in the body. */
export const Notice = new Message(32, z.null());

export interface Given {
  readonly lane: number;
  readonly assignment: number;
}

export type OfferHead = ReturnType<typeof Offer.read>;
export type DeliverHead = ReturnType<typeof Deliver.read>;
export type PullHead = ReturnType<typeof Pull.read>;

export function deliverFrame(to: Given, last: number, { seqs, ends, damaged, bytes }: SpoolRecords): Frame {
  const head = { ...to, last, seqs: Array.from(seqs), ends: Array.from(ends), damaged: [...damaged] };
  return Deliver.frame(head, bytes);
}

export function recordsOf({ seqs, ends, damaged }: DeliverHead, bytes: Uint8Array): SpoolRecords {
  return { seqs, ends, damaged, bytes };
}

export function standingFrame(standing: SpoolStanding): Frame {
  return Standing.frame({ ...standing, lanes: [...standing.lanes] });
}
