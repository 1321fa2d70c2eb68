import { z } from 'zod';

/** What one process says of itself once a second. */
export interface Presence {
  readonly instance: string;
  /** Whether it takes lanes. */
  readonly takes: boolean;
  /** Its goodbye: it says nothing more. */
  readonly leaves: boolean;
  readonly inHand: InHand;
}

/** What was delivered to a process, or to several, and is not advanced past. */
export interface InHand {
  /** Count by lane; lanes without any are left out. */
  readonly lanes: readonly (readonly [lane: number, count: number])[];
  readonly bytes: number;
  /** When the oldest was accepted, in milliseconds since the epoch. */
  readonly oldestAtMs: number | null;
}

export const NOTHING_IN_HAND: InHand = { lanes: [], bytes: 0, oldestAtMs: null };

/** What one taking-over of a lane was delivered and is not advanced past. */
export interface LaneInHand {
  readonly count: number;
  readonly bytes: number;
  /** When the first of it was accepted; undefined where nothing is, or where it does not say. */
  readonly oldestAtMs: number | undefined;
}

export function inHandOf(lanes: readonly (readonly [lane: number, inHand: LaneInHand])[]): InHand {
  const held = lanes.filter(([, { count }]) => count > 0);
  if (held.length === 0) return NOTHING_IN_HAND;
  const times = held.flatMap(([, { oldestAtMs }]) => (oldestAtMs === undefined ? [] : [oldestAtMs]));
  return {
    lanes: held.map(([lane, { count }]) => [lane, count]),
    bytes: held.reduce((sum, [, { bytes }]) => sum + bytes, 0),
    oldestAtMs: times.length === 0 ? null : Math.min(...times),
  };
}

const count = z.number().int().min(0);
const presence: z.ZodType<Presence> = z.object({
  instance: z.string().min(1).max(64),
  takes: z.boolean(),
  leaves: z.boolean(),
  inHand: z.object({
    lanes: z.array(z.tuple([count, count])).max(1_024),
    bytes: count,
    oldestAtMs: z.number().nullable(),
  }),
});

export function writePresence(said: Presence): Uint8Array {
  return Buffer.from(JSON.stringify(said));
}

/** Undefined for anything else that was sent there. */
export function readPresence(content: Uint8Array): Presence | undefined {
  try {
    return presence.parse(JSON.parse(Buffer.from(content).toString()));
  } catch {
    return undefined;
  }
}
