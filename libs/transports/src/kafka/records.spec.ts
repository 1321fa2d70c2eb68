import { IS_CONTROL, IS_TRANSACTIONAL, type RecordsBatch } from '@platformatic/kafka';
import { readRange } from './records.js';

const HAS_APPEND_TIME = 1 << 3;

interface Shape {
  readonly first: number;
  readonly bodies?: readonly string[];
  readonly attributes?: number;
  readonly producer?: number;
  /** Of a control record: 0 aborts, 1 commits. */
  readonly control?: number;
}

function batch({ first, bodies = [], attributes = 0, producer = -1, control }: Shape): RecordsBatch {
  const key = control === undefined ? null : Buffer.from([0, 0, 0, control]);
  const values = control === undefined ? bodies : [''];
  return {
    firstOffset: BigInt(first),
    length: 0,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    attributes: control === undefined ? attributes : attributes | IS_CONTROL | IS_TRANSACTIONAL,
    lastOffsetDelta: values.length - 1,
    firstTimestamp: 1_000n,
    maxTimestamp: 9_000n,
    producerId: BigInt(producer),
    producerEpoch: 0,
    firstSequence: 0,
    records: values.map((value, offsetDelta) => ({
      length: 0,
      attributes: 0,
      timestampDelta: BigInt(offsetDelta),
      offsetDelta,
      key,
      value: Buffer.from(value),
      headers: [],
    })),
  };
}

const bodiesOf = (
  from: number,
  batches: RecordsBatch[],
  aborted: { producerId: bigint; firstOffset: bigint }[] = [],
) => {
  const { records, nextOffset } = readRange(BigInt(from), batches, aborted);
  return { bodies: records.map(({ body }) => Buffer.from(body!).toString()), next: Number(nextOffset) };
};

describe('What is read of a partition', () => {
  test('begins in the middle of a batch where it was asked to', () => {
    const batches = [batch({ first: 10, bodies: ['a', 'b', 'c'] }), batch({ first: 13, bodies: ['d'] })];
    expect(bodiesOf(11, batches)).toEqual({ bodies: ['b', 'c', 'd'], next: 14 });
  });

  test('has the time of each record, or the one at which the broker stored them where the topic has it so', () => {
    const timesOf = (attributes: number) =>
      readRange(0n, [batch({ first: 0, bodies: ['a', 'b'], attributes })], []).records.map(
        ({ timestampMs }) => timestampMs,
      );
    expect(timesOf(0)).toEqual([1_000, 1_001]);
    expect(timesOf(HAS_APPEND_TIME)).toEqual([9_000, 9_000]);
  });

  test('lacks what a transaction wrote that was given up, and has that of the others and of the next by the same producer', () => {
    const batches = [
      batch({ first: 0, bodies: ['given up'], attributes: IS_TRANSACTIONAL, producer: 7 }),
      batch({ first: 1, bodies: ['of another'], attributes: IS_TRANSACTIONAL, producer: 8 }),
      batch({ first: 2, bodies: ['plain'] }),
      batch({ first: 3, control: 0, producer: 7 }),
      batch({ first: 4, control: 1, producer: 8 }),
      batch({ first: 5, bodies: ['kept'], attributes: IS_TRANSACTIONAL, producer: 7 }),
      batch({ first: 6, control: 1, producer: 7 }),
    ];
    const aborted = [{ producerId: 7n, firstOffset: 0n }];
    expect(bodiesOf(0, batches, aborted)).toEqual({ bodies: ['of another', 'plain', 'kept'], next: 7 });
  });

  test('goes on past what is no command though there is nothing to hand over', () => {
    expect(bodiesOf(4, [batch({ first: 4, control: 1, producer: 7 })])).toEqual({ bodies: [], next: 5 });
  });
});
