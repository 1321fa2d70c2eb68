import { seeded } from '#testing';

import { encodeFrame, FrameDecoder, FrameFault } from './frame.js';
import type { Frame } from './link.js';

const BYTES_MAX = 1_000_000;
const NO_BODY = new Uint8Array();

function decoded(chunks: readonly Buffer[], bytesMax = BYTES_MAX): Frame[] {
  const decoder = new FrameDecoder(bytesMax);
  return chunks.flatMap((chunk) => [...decoder.push(chunk)]);
}

describe('frames', () => {
  test('come out as they went in, however the bytes are cut', () => {
    const random = seeded();
    for (let round = 0; round < 300; round++) {
      const frames = Array.from({ length: random.integer(1, 6) }, () => ({
        kind: random.integer(0, 255),
        head: { text: 'ö'.repeat(random.integer(0, 50)), number: random.next() },
        body: random.bytes(random.pick([0, 1, 100, random.integer(0, 3_000)])),
      }));
      const bytes = Buffer.concat(frames.map((frame) => encodeFrame(frame, BYTES_MAX)));
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.byteLength;) {
        const end = at + random.pick([1, 2, 7, random.integer(1, 5_000)]);
        chunks.push(bytes.subarray(at, end));
        at = end;
      }
      expect(decoded(chunks)).toEqual(frames);
    }
  });

  test('have bodies of their own, so that nobody changes or keeps the bytes that they came in', () => {
    const bytes = encodeFrame({ kind: 1, head: null, body: Uint8Array.of(1, 2, 3) }, BYTES_MAX);
    const [frame] = decoded([bytes]);
    bytes.fill(0);
    expect(frame?.body).toEqual(Uint8Array.of(1, 2, 3));
    expect(frame?.body.buffer.byteLength).toBe(3);
  });

  test.each<[string, Buffer, string]>([
    ['longer than the limit', Buffer.from([255, 255, 255, 255]), '4294967295 bytes came where at most 1000000'],
    ['too short', Buffer.from([0, 0, 0, 4, 1, 0, 0, 0]), 'too short'],
    ['with a head past its end', Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 1]), 'a head was longer than its frame'],
    ['with a head that is no JSON', Buffer.from([0, 0, 0, 6, 1, 0, 0, 0, 1, 123]), 'a head that is not JSON'],
  ])('%s are refused', (_what, bytes, reason) => {
    expect(() => decoded([bytes])).toThrow(FrameFault);
    expect(() => decoded([...bytes].map((byte) => Buffer.of(byte)))).toThrow(reason);
  });

  test('past the limit, or with too long a head, are not even made', () => {
    const body = new Uint8Array(100);
    expect(() => encodeFrame({ kind: 1, head: null, body }, 108)).toThrow('a frame of 109 bytes');
    expect(decoded([encodeFrame({ kind: 1, head: null, body }, 109)], 109)).toHaveLength(1);
    expect(() => encodeFrame({ kind: 1, head: 'x'.repeat(1_100_000), body: NO_BODY }, 2 * BYTES_MAX)).toThrow(
      'a head of',
    );
  });

  test('that announce much and send little take little memory', () => {
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 1_000 }, () => new FrameDecoder(16 * 1024 * 1024));
    for (const decoder of decoders) expect([...decoder.push(Buffer.from([0, 255, 255, 255, 1, 0]))]).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });
});
