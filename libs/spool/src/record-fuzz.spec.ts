import type { Delivery } from '#messaging';
import { seeded } from '#testing';
import fc from 'fast-check';
import { packGroup, toDelivery, toRecord, unpackGroup } from './record.js';

const CASES = 1_500;
const { seed } = seeded();

const envelope = fc.record({
  id: fc.string({ unit: 'binary' }),
  type: fc.string({ unit: 'binary' }),
  source: fc.string({ unit: 'binary' }),
  partitionKey: fc.string({ unit: 'binary' }),
  lane: fc.nat(1_000),
  timeMs: fc.nat(),
  attributes: fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })),
  body: fc.uint8Array({ maxLength: 300 }),
});

/** What a disk may give back in the place of a record. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(fc.json(), fc.uint8Array({ maxLength: 50 })).map(([head, body]) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(Buffer.byteLength(head));
    return Buffer.concat([length, Buffer.from(head), body]);
  }),
);

test(`${CASES} generated records of a disk are each a delivery, whatever their bytes are`, () => {
  fc.assert(
    fc.property(bytes, fc.boolean(), (record, intact) => {
      expect(faultOf(toDelivery(3, 7, record, intact), record)).toBeUndefined();
    }),
    { numRuns: CASES, seed },
  );
});

test(`${CASES} generated envelopes come back from their records, one bit of which may be wrong`, () => {
  fc.assert(
    fc.property(fc.array(envelope, { minLength: 1, maxLength: 4 }), fc.nat(), (envelopes, wrong) => {
      const group = packGroup(envelopes.map(toRecord));
      const back = [...unpackGroup(group)].map(({ lane, record }) => toDelivery(lane, 1, record, true));
      expect(back.map((delivery) => delivery.kind === 'decoded' && { ...delivery.envelope })).toEqual(
        envelopes.map((one) => ({ ...one, attributes: { ...one.attributes } })),
      );
      const [first] = [...unpackGroup(group)];
      const record = Uint8Array.from(first!.record);
      record[wrong % record.byteLength]! ^= 1;
      expect(['decoded', 'undecoded']).toContain(toDelivery(0, 1, record, true).kind);
    }),
    { numRuns: CASES, seed },
  );
});

function faultOf(delivery: Delivery, record: Uint8Array): string | undefined {
  if (delivery.kind === 'undecoded') {
    if (!Buffer.from(delivery.body).equals(record)) return 'Its bytes are not kept.';
    return delivery.reason.startsWith('Entry 7 of lane 3 was damaged') ? undefined : 'It does not say what happened.';
  }
  const { id, type, source, partitionKey, attributes, timeMs } = delivery.envelope;
  const texts = [id, type, source, partitionKey, ...Object.values(attributes)];
  return texts.every((text) => typeof text === 'string') && typeof timeMs === 'number'
    ? undefined
    : 'It is no envelope.';
}
