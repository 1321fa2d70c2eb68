import { z } from 'zod';
import { defineCommand, type PayloadOf } from '../definition/command.js';
import { defineQuery, type AnswerOf } from '../definition/request.js';
import { exponentialBackoff } from '../definition/retry-policy.js';
import { relaxedStream } from '../definition/stream.js';

const sealer = z.string().min(1).max(64);
const transport = z.string().min(1).max(64);

/**
 * The last command of a lane on a transport that is being left: whoever accounts for it has accounted for everything that
 * was stored there before. Made by `npm run seal`, and worth nothing without the id of the move, which only persistence tells.
 */
export const SealLane = defineCommand({
  type: 'sluice.seal-lane.v1',
  summary: 'Seal a lane of the transport that is being left',
  internal: true,
  payload: z.strictObject({
    move: z.uuid(),
    lane: z.int().min(0),
    /** Chosen so that the command belongs to its lane. */
    key: z.string().min(1).max(32),
    /** Which of the places where gateways store commands it was published to: one for a broker, each gateway's spool otherwise. */
    sealer,
    /** How many such places there are. */
    sealers: z.int().min(1),
  }),
  stream: relaxedStream('seal'),
  key: (seal) => seal.key,
  retry: exponentialBackoff({ attemptsMax: 20, initialMs: 200, delayMsMax: 60_000 }),
});
export type SealLane = PayloadOf<typeof SealLane>;

/** The move to another transport that is under way, or the last one, and how far it is; null when there is none. */
export const MoveStanding = defineQuery({
  type: 'moves.standing.v1',
  summary: 'How far the move to another transport is',
  payload: z.strictObject({}),
  answer: z.strictObject({
    move: z
      .strictObject({
        id: z.uuid(),
        from: transport,
        to: transport,
        lanes: z.int(),
        /** Lanes with all their seals: the new transport's commands of these run. */
        lanesSealed: z.int(),
        /** How many lanes hold the seal of each sealer. */
        sealers: z.array(z.strictObject({ sealer, lanes: z.int() })),
      })
      .nullable(),
  }),
});
export type MoveStanding = NonNullable<AnswerOf<typeof MoveStanding>['move']>;
