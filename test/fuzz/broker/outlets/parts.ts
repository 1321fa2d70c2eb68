import fc from 'fast-check';

/** Texts of all planes, and those that mean something. */
export const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.toWellFormed()),
  fc.constantFrom(
    '',
    'orders.place.v1',
    'readings.record.v1',
    'application/json',
    'application/cloudevents+json',
    '\0',
  ),
);

export const body = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((json) => Buffer.from(json)),
);

/** The attributes that a CloudEvent has, with that prefix. */
export function attributeNames(prefix: string): fc.Arbitrary<string> {
  const names = ['id', 'type', 'source', 'time', 'specversion', 'partitionkey', 'expirytime', 'datacontenttype'];
  return fc.constantFrom(...names.map((name) => `${prefix}${name}`));
}
