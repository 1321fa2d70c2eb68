import type { Delivery } from '#messaging';
import { seeded } from '#testing';
import fc from 'fast-check';
import { defineThing, effect, EngineFixture, one } from './engine.fixture.js';

const BATCHES = 30;
const PER_BATCH = 25;
const { seed } = seeded();

const contract = defineThing({ type: 'test.fuzz.v1' });
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('', '\0', '\ud800', 'a'.repeat(3_000)),
);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.json().map((json) => Buffer.from(json)),
  fc.record({ key: text, act: text }).map((thing) => Buffer.from(JSON.stringify(thing))),
);
/** No gateway and no reader would make most of these. */
const delivery: fc.Arbitrary<Delivery> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .record({
        id: fc.oneof(fc.uuid(), text),
        type: fc.oneof(fc.constant(contract.type), text),
        source: fc.oneof(fc.constant('urn:sluice:gateway'), text),
        partitionKey: text,
        lane: fc.constant(0),
        timeMs: fc.oneof(fc.constantFrom(0, Date.now(), 8.64e15), fc.nat()),
        attributes: fc.dictionary(fc.oneof(fc.constantFrom('expirytime', 'traceparent'), text), text, { maxKeys: 4 }),
        body,
      })
      .map((envelope) => ({ kind: 'decoded' as const, envelope })),
  },
  fc
    .record({ body, headers: fc.dictionary(text, text, { maxKeys: 4 }), reason: text })
    .map((undecoded) => ({ kind: 'undecoded' as const, ...undecoded })),
);

test(`${BATCHES * PER_BATCH} generated deliveries, ${PER_BATCH} to a batch: each gets a line or is a repetition of one`, async () => {
  const fixture = await EngineFixture.create({ bindings: [{ contract, handler: one(effect) }] });
  try {
    const batches = fc.sample(fc.array(delivery, { minLength: PER_BATCH, maxLength: PER_BATCH }), {
      numRuns: BATCHES,
      seed,
    });
    for (const [index, batch] of batches.entries()) {
      await fixture.deliver(batch).catch((error: unknown) => {
        throw new Error(`Batch ${index} goes back, and with it its lane stands still: ${String(error)}`, {
          cause: error,
        });
      });
    }
    const [account] = await fixture.database.query<{ accounted: number; entered: number }>(
      `SELECT (entered + duplicates + redelivered)::int AS accounted, entered::int AS entered FROM lane_account`,
    );
    const [ledger] = await fixture.database.query<{ lines: number }>(
      `SELECT count(*)::int AS lines FROM command_ledger`,
    );
    expect(account!.entered).toBe(ledger!.lines);
    // More, since a foreign command whose id is taken is a repetition and has a line of its own.
    expect(account!.accounted).toBeGreaterThanOrEqual(BATCHES * PER_BATCH);
    expect(fixture.engine.breaker.isOpen).toBe(false);
  } finally {
    await fixture.drop();
  }
}, 180_000);
