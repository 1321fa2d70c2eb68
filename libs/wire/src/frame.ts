import type { Frame } from './link.js';

/** Its length: a u32 before everything, big-endian, which does not count itself. */
const LENGTH_BYTES = 4;
/** One byte of kind and a u32 with the length of the head. */
const KIND_AND_HEAD_LENGTH_BYTES = 5;
const HEAD_BYTES_MAX = 1024 * 1024;
/** What a decoder keeps between frames; a larger buffer is given back. */
const KEPT_BYTES_MAX = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/** Bytes that are no frame of ours, or a frame past its limit. The message completes "The link ended: …" at both ends. */
export class FrameFault extends Error {
  override readonly name = 'FrameFault';
}

/** Throws a `FrameFault` for a frame that the other end would not take. */
export function encodeFrame(frame: Frame, bytesMax: number): Buffer {
  const head = Buffer.from(JSON.stringify(frame.head ?? null));
  const length = KIND_AND_HEAD_LENGTH_BYTES + head.byteLength + frame.body.byteLength;
  const fault = faultOfLength(length, bytesMax) ?? faultOfHeadLength(head.byteLength, length);
  if (fault !== undefined) throw new FrameFault(fault);
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES + length);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt8(frame.kind, LENGTH_BYTES);
  bytes.writeUInt32BE(head.byteLength, LENGTH_BYTES + 1);
  bytes.set(head, LENGTH_BYTES + KIND_AND_HEAD_LENGTH_BYTES);
  bytes.set(frame.body, LENGTH_BYTES + KIND_AND_HEAD_LENGTH_BYTES + head.byteLength);
  return bytes;
}

/** Makes frames of chunks. Holds at most one frame, and no more memory than about twice what has arrived of it. */
export class FrameDecoder {
  /** The longest frame that is taken, in bytes; may change between two frames. */
  bytesMax: number;
  #held = NOTHING;
  #heldBytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** The frames that are whole with this chunk, each decoded when it is asked for. Throws a `FrameFault`; all is lost then. */
  *push(chunk: Buffer): Generator<Frame> {
    let rest = chunk;
    while (rest.byteLength > 0) {
      const whole = this.#heldBytes === 0 ? this.#wholeIn(rest) : undefined;
      if (whole !== undefined) {
        rest = rest.subarray(LENGTH_BYTES + whole.byteLength);
        yield decode(whole);
        continue;
      }
      rest = this.#hold(rest);
      if (this.#heldBytes < this.#neededBytes()) return;
      const frame = decode(this.#held.subarray(LENGTH_BYTES, this.#heldBytes));
      this.#heldBytes = 0;
      if (this.#held.byteLength > KEPT_BYTES_MAX) this.#held = NOTHING;
      yield frame;
    }
  }

  #wholeIn(bytes: Buffer): Buffer | undefined {
    if (bytes.byteLength < LENGTH_BYTES) return undefined;
    const end = LENGTH_BYTES + this.#lengthIn(bytes);
    return bytes.byteLength < end ? undefined : bytes.subarray(LENGTH_BYTES, end);
  }

  /** Keeps what the frame begun needs, and returns what is left. */
  #hold(bytes: Buffer): Buffer {
    let rest = bytes;
    while (rest.byteLength > 0) {
      const missing = this.#neededBytes() - this.#heldBytes;
      if (missing === 0) break;
      const taken = Math.min(missing, rest.byteLength);
      this.#makeRoom(this.#heldBytes + taken);
      rest.copy(this.#held, this.#heldBytes, 0, taken);
      this.#heldBytes += taken;
      rest = rest.subarray(taken);
    }
    return rest;
  }

  #neededBytes(): number {
    return this.#heldBytes < LENGTH_BYTES ? LENGTH_BYTES : LENGTH_BYTES + this.#lengthIn(this.#held);
  }

  /** Grows by what has arrived, never by what was announced: a length costs a liar nothing. */
  #makeRoom(bytes: number): void {
    if (this.#held.byteLength >= bytes) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(bytes, 2 * this.#held.byteLength, 1_024));
    this.#held.copy(grown, 0, 0, this.#heldBytes);
    this.#held = grown;
  }

  #lengthIn(bytes: Buffer): number {
    const length = bytes.readUInt32BE(0);
    const fault = faultOfLength(length, this.bytesMax);
    if (fault !== undefined) throw new FrameFault(fault);
    return length;
  }
}

function decode(bytes: Buffer): Frame {
  const headBytes = bytes.readUInt32BE(1);
  const fault = faultOfHeadLength(headBytes, bytes.byteLength);
  if (fault !== undefined) throw new FrameFault(fault);
  const headEnd = KIND_AND_HEAD_LENGTH_BYTES + headBytes;
  return {
    kind: bytes.readUInt8(0),
    head: headOf(bytes.toString('utf8', KIND_AND_HEAD_LENGTH_BYTES, headEnd)),
    // A copy, so that whoever keeps a small body does not keep the whole chunk that it came in.
    body: new Uint8Array(bytes.subarray(headEnd)),
  };
}

function headOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FrameFault('a frame had a head that is not JSON');
  }
}

function faultOfLength(length: number, bytesMax: number): string | undefined {
  if (length > bytesMax) return `a frame of ${length} bytes came where at most ${bytesMax} are taken`;
  return length < KIND_AND_HEAD_LENGTH_BYTES ? `a frame of ${length} bytes is too short to be one` : undefined;
}

function faultOfHeadLength(headBytes: number, length: number): string | undefined {
  if (headBytes > HEAD_BYTES_MAX) return `a head of ${headBytes} bytes came where at most ${HEAD_BYTES_MAX} are taken`;
  return KIND_AND_HEAD_LENGTH_BYTES + headBytes > length ? 'a head was longer than its frame' : undefined;
}
