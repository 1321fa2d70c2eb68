import type { Envelope } from '../envelope.js';

/** AMQP's clients encode 64 KiB of headers at most, which under the longest prefix hold this in any case. */
const ATTRIBUTES_BYTES_MAX = 48 * 1024;
/** What each costs beside its name and its value. */
const ATTRIBUTE_BYTES_MORE = 32;
/** AMQP's names of headers hold 255, the prefix included. */
const NAME_BYTES_MAX = 200;

/** Why an envelope does not fit into a message's headers, as a sentence; undefined when it fits on every wire. */
export function attributesFault({ id, type, source, partitionKey, attributes }: Envelope): string | undefined {
  if (isSmall(id.length + type.length + source.length + partitionKey.length, attributes)) return undefined;
  const names = Object.keys(attributes);
  const longName = names.find((name) => Buffer.byteLength(name) > NAME_BYTES_MAX);
  if (longName !== undefined) {
    return `The name of its attribute '${longName.slice(0, NAME_CHARACTERS_TOLD)}…' is longer than ${NAME_BYTES_MAX} bytes.`;
  }
  const sizes = names.map((name) => sizeOf(name, attributes[name] ?? ''));
  const own = [id, type, source, partitionKey].map((value) => sizeOf('', value));
  const bytes = [...own, ...sizes].reduce((sum, size) => sum + size, 0);
  if (bytes <= ATTRIBUTES_BYTES_MAX) return undefined;
  return `Its attributes are too large: with their names and its id, type and source ${bytes} bytes, of at most ${ATTRIBUTES_BYTES_MAX}.`;
}

const FIELDS = 4;
/** The most bytes that one UTF-16 code unit takes in UTF-8. */
const BYTES_PER_UNIT = 3;

/** Whether it fits even if every letter took the most bytes: what nearly every command shows without being measured. */
function isSmall(fieldsLength: number, attributes: Envelope['attributes']): boolean {
  let length = fieldsLength;
  let count = FIELDS;
  for (const name in attributes) {
    if (name.length * BYTES_PER_UNIT > NAME_BYTES_MAX) return false;
    length += name.length + (attributes[name] ?? '').length;
    count++;
  }
  return length * BYTES_PER_UNIT + count * ATTRIBUTE_BYTES_MORE <= ATTRIBUTES_BYTES_MAX;
}

const NAME_CHARACTERS_TOLD = 40;

function sizeOf(name: string, value: string): number {
  return ATTRIBUTE_BYTES_MORE + Buffer.byteLength(name) + Buffer.byteLength(value);
}
