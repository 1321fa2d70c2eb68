import type { ChannelModel } from 'amqplib';
import type { Socket } from 'node:net';
import { FRAME_END, FRAME_START_BYTES, readFrame, type Frame } from './receive-frames.js';

const NONE = Buffer.alloc(0);

/** What the types of the client leave out. */
interface Inner {
  readonly stream: Socket;
  /** No frame is larger; 0 is no bound. */
  readonly maxFrameSize: number;
  /** Bytes that were read and hold no whole frame yet. */
  rest: Buffer;
  /** For the heartbeat. */
  recvSinceLastCheck: boolean;
  /** The next frame, or false until more has come. */
  recvFrame(): Frame | false;
}

/**
 * Reads the frames of deliveries past the client's decoder, which makes ten views of the bytes for each message and decodes the
 * names of its headers anew each time. All other frames stay the client's.
 */
export function readFramesOf(model: ChannelModel): void {
  const inner = model.connection as unknown as Inner;
  const recvFrame = inner.recvFrame.bind(inner);
  let bytes = inner.rest;
  let at = 0;
  inner.rest = NONE;

  inner.recvFrame = () => {
    for (;;) {
      const frameBytes = wholeFrameBytes();
      if (frameBytes > 0) {
        const start = at;
        at += frameBytes;
        const payload = start + FRAME_START_BYTES;
        const own = readFrame(bytes, bytes[start]!, bytes.readUInt16BE(start + 1), payload, at - 1);
        if (own) return own;
        inner.rest = bytes.subarray(start, at);
        return recvFrame();
      }
      const incoming = inner.stream.read() as Buffer | null;
      if (incoming === null) return false;
      inner.recvSinceLastCheck = true;
      bytes = at === bytes.byteLength ? incoming : Buffer.concat([bytes.subarray(at), incoming]);
      at = 0;
    }
  };

  /** 0 where the next frame has not come whole. Throws where what came is none. */
  function wholeFrameBytes(): number {
    const left = bytes.byteLength - at;
    if (left < FRAME_START_BYTES) return 0;
    const size = bytes.readUInt32BE(at + 3);
    if (inner.maxFrameSize > 0 && size > inner.maxFrameSize)
      throw new Error(`A frame of ${size} bytes came, of at most ${inner.maxFrameSize}.`);
    const whole = FRAME_START_BYTES + size + 1;
    if (left < whole) return 0;
    if (bytes[at + whole - 1] !== FRAME_END) throw new Error('What came is no frame of AMQP 0-9-1.');
    return whole;
  }
}
