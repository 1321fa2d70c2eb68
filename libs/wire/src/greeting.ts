import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** Changes when two releases could not understand each other. */
const PROTOCOL = 1;

/** What an end says of itself before anything else, and asks of the other. */
export interface LinkIdentity {
  /** What the link is for; both ends must say the same, so that a wrong port is noticed at once. */
  readonly service: string;
  /** What the other end shall know: which instance this is, its role, its lanes … */
  readonly greeting: Readonly<Record<string, string>>;
  /** Both ends must have the same, or none. */
  readonly token: string | undefined;
}

const greetingHead = z.strictObject({
  protocol: z.literal(PROTOCOL),
  service: z.string().max(64),
  token: z.string().max(1_024).nullable(),
  fields: z.record(z.string().max(64), z.string().max(1_024)),
});

type Checked = { readonly fields: Readonly<Record<string, string>> } | { readonly fault: string };

export function greetingOf({ service, greeting, token }: LinkIdentity): z.infer<typeof greetingHead> {
  return { protocol: PROTOCOL, service, token: token ?? null, fields: { ...greeting } };
}

/** What the other end says of itself; or why it is refused, in words that help at both ends and tell no secret. */
export function checkGreeting(head: unknown, own: LinkIdentity): Checked {
  const protocol = (head as { protocol?: unknown } | null)?.protocol;
  if (typeof protocol === 'number' && protocol !== PROTOCOL) {
    return {
      fault: `the ends speak versions ${protocol} and ${PROTOCOL} of the protocol: run the same release on both`,
    };
  }
  const parsed = greetingHead.safeParse(head);
  if (!parsed.success) return { fault: 'the greeting was not one of Sluice' };
  const { service, token, fields } = parsed.data;
  if (!sameToken(token, own.token ?? null)) return { fault: 'the tokens differ: set the same WIRE_TOKEN at both ends' };
  if (service !== own.service) {
    return { fault: `one end is for ${service}, the other for ${own.service}: check the host and the port` };
  }
  return { fields };
}

/** In a time that tells nothing of where they differ. */
function sameToken(given: string | null, expected: string | null): boolean {
  return timingSafeEqual(digestOf(given), digestOf(expected));
}

function digestOf(token: string | null): Buffer {
  return createHash('sha256')
    .update(token === null ? 'none' : `token:${token}`)
    .digest();
}
