import { z } from 'zod';

import type { Frame } from '../link.js';

/** What these links are for, as their greeting says. */
export const REQUESTS_SERVICE = 'requests';
/** Nest's pattern of every request; the contract's type is within. */
export const REQUEST_PATTERN = 'sluice.request';

const Kind = { question: 0, reply: 1 } as const;
const DEADLINE_MS_MAX = 600_000;
const NO_BODY = new Uint8Array();

const questionHead = z.object({
  id: z.int().min(0),
  type: z.string().max(200),
  deadlineMs: z.number().min(0).max(DEADLINE_MS_MAX),
});

const id = z.int().min(0);
const replyHead = z.discriminatedUnion('result', [
  z.object({ id, result: z.literal('answered') }),
  z.object({ id, result: z.literal('refused'), pointer: z.string(), detail: z.string() }),
  z.object({ id, result: z.enum(['unavailable', 'not-taken']), message: z.string() }),
]);

/** A request on its way. */
export interface Question {
  readonly type: string;
  readonly payload: unknown;
  /** How long the one who asked still waits. */
  readonly deadlineMs: number;
}

/** What became of a question. */
export type Reply =
  | { readonly result: 'answered'; readonly answer: unknown }
  | { readonly result: 'refused'; readonly pointer: string; readonly detail: string }
  /** `not-taken`: nothing of it was begun, so another process may be asked. */
  | { readonly result: 'unavailable' | 'not-taken'; readonly message: string };

/** Throws a `TypeError` when the payload is no JSON. */
export function questionFrame(id: number, { type, payload, deadlineMs }: Question): Frame {
  const head = { id, type, deadlineMs: Math.min(Math.max(deadlineMs, 0), DEADLINE_MS_MAX) };
  return { kind: Kind.question, head, body: Buffer.from(JSON.stringify(payload)) };
}

export function replyFrame(id: number, reply: Reply): Frame {
  if (reply.result !== 'answered') return { kind: Kind.reply, head: { id, ...reply }, body: NO_BODY };
  const head = { id, result: 'answered' };
  return { kind: Kind.reply, head, body: Buffer.from(JSON.stringify(reply.answer ?? null)) };
}

/** Throws when the frame is no question, which ends the link. */
export function questionOf({ kind, head, body }: Frame): Question & { readonly id: number } {
  if (kind !== Kind.question) throw new TypeError(`a frame of kind ${kind} is no question`);
  return { ...questionHead.parse(head), payload: jsonOf(body) };
}

/** Throws when the frame is no reply, which ends the link. */
export function replyOf({ kind, head, body }: Frame): { readonly id: number; readonly reply: Reply } {
  if (kind !== Kind.reply) throw new TypeError(`a frame of kind ${kind} is no reply`);
  const { id, ...reply } = replyHead.parse(head);
  return { id, reply: reply.result === 'answered' ? { result: 'answered', answer: jsonOf(body) } : reply };
}

function jsonOf(body: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(body));
}
