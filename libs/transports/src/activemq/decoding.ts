import rhea from 'rhea';

/** What came in the place of a message and cannot be read as one. */
export class Unreadable {
  readonly bytes: Uint8Array;
  /** A sentence for people. */
  readonly reason: string;

  constructor(bytes: Uint8Array, reason: string) {
    this.bytes = bytes;
    this.reason = reason;
  }
}

interface Decoder {
  decode: (bytes: Buffer) => unknown;
}

interface Reader {
  readonly buffer: Buffer;
  read_array_items: (this: Reader, count: number, type: unknown) => unknown;
}

/**
 * The client ends a connection over a message that it cannot decode, which would come again on the next one for ever; and an
 * array of items without a width may claim more of them than there is memory. Both brokers pass on what they do not look into.
 */
export function guardDecoding(): void {
  const decoder = rhea.message as unknown as Decoder;
  const decode = decoder.decode;
  decoder.decode = (bytes) => {
    try {
      return decode(bytes);
    } catch (error) {
      return new Unreadable(bytes, `It is no message of AMQP 1.0: ${(error as Error).message}.`);
    }
  };
  const { prototype } = (rhea.types as unknown as { Reader: { prototype: Reader } }).Reader;
  const readItems = prototype.read_array_items;
  prototype.read_array_items = function (count, type) {
    if (count > this.buffer.length) throw new RangeError(`an array of ${count} items in ${this.buffer.length} bytes`);
    return readItems.call(this, count, type);
  };
}
