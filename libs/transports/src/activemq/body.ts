const DATA = 0x75;

interface Section {
  readonly typecode: number;
  readonly content: unknown;
  readonly multiple?: boolean;
}

/** The bytes of a body in any of the protocol's forms: data, in one piece or several, text, or a value, which is told as JSON. */
export function bodyOf(body: unknown): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === 'string') return Buffer.from(body);
  if (Buffer.isBuffer(body)) return body;
  if (isSection(body)) {
    const parts = body.multiple ? (body.content as unknown[]) : [body.content];
    return body.typecode === DATA ? Buffer.concat(parts.filter((part) => Buffer.isBuffer(part))) : jsonOf(parts.flat());
  }
  return jsonOf(body);
}

function isSection(body: object): body is Section {
  return body.constructor.name === 'Section' && 'typecode' in body;
}

function jsonOf(value: unknown): Uint8Array {
  try {
    return Buffer.from(JSON.stringify(value) ?? '');
  } catch {
    // Nested too deep to be written: an empty body is no payload, so the command ends as a dead letter.
    return new Uint8Array();
  }
}
