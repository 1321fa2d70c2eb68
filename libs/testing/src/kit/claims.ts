import assert from 'node:assert/strict';
import { PublishError, type Envelope, type PublishFailure } from '#messaging';

export { assert };

/** Every field is the same, bodies byte for byte. */
export function assertSame(arrived: Envelope, sent: Envelope): void {
  const plain = ({ body, attributes, ...fields }: Envelope) => ({
    ...fields,
    attributes: Object.fromEntries(Object.entries(attributes).sort()),
    body: Buffer.from(body).toString('hex'),
  });
  const [arrivedJson, sentJson] = [arrived, sent].map((envelope) => {
    const fields = plain(envelope);
    return JSON.stringify(fields, [...Object.keys(fields), ...Object.keys(fields.attributes)].sort());
  });
  assert.ok(arrivedJson === sentJson, `Arrived changed.\nSent:    ${cut(sentJson)}\nArrived: ${cut(arrivedJson)}`);
}

const cut = (text = '') => (text.length > 1_000 ? `${text.slice(0, 1_000)}… (${text.length} characters)` : text);

/** Exactly these, in this order. */
export function assertSequence(arrived: readonly string[], expected: readonly string[], what: string): void {
  const at = expected.findIndex((id, index) => arrived[index] !== id);
  const difference = at >= 0 ? at : arrived.length > expected.length ? expected.length : -1;
  assert.ok(
    difference < 0,
    `${what}: expected ${expected.length}, got ${arrived.length}; at ${difference} expected ` +
      `${expected[difference] ?? 'nothing'}, got ${arrived[difference] ?? 'nothing'}.`,
  );
}

export function assertSameSet(arrived: readonly string[], expected: readonly string[], what: string): void {
  assertSequence([...arrived].sort(), [...expected].sort(), what);
}

/**
 * The invariant of `consume` for one consumer of one lane: in order and without gaps. It may go back, to what was not
 * advanced, but never skip.
 */
export function assertNoGap(arrived: readonly string[], published: readonly string[], firstAllowed = 0): void {
  const placeOf = new Map(published.map((id, place) => [id, place]));
  let next = firstAllowed;
  for (const id of arrived) {
    const place = placeOf.get(id);
    assert.ok(place !== undefined, `${id} was delivered but never published here.`);
    assert.ok(place <= next, `Delivery ${place} of the lane came when ${next} was next: a gap, or out of order.`);
    next = place + 1;
  }
}

/** The publish is refused with that outcome, and with one of those failures where any are given. */
export async function assertRefused(
  publishing: Promise<unknown>,
  outcome: PublishError['outcome'],
  ...failures: PublishFailure[]
): Promise<void> {
  const error = await publishing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error !== undefined, 'The publish resolved, where it must be refused.');
  assert.ok(error instanceof PublishError, `The refusal is no PublishError but ${String(error)}.`);
  assert.equal(error.outcome, outcome, `The outcome is '${error.outcome}' (${error.message}), not '${outcome}'.`);
  const failure = failures.length === 0 || failures.includes(error.failure);
  assert.ok(failure, `The failure is '${error.failure}', not one of: ${failures.join(', ')}.`);
}
