import { RequestRefused } from '#messaging';
import { z } from 'zod';

/** Where a page ended: the last row's instant, in text with microseconds, and its id, which tells apart rows of one instant. */
export interface Position {
  readonly at: string;
  readonly id: string;
}

const position = z.tuple([z.iso.datetime({ precision: 6 }), z.uuid()]);

/** Opaque to clients: what it holds may change with any version. */
export function encodeCursor({ at, id }: Position): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url');
}

/** Throws `RequestRefused` for what `encodeCursor` did not make. */
export function decodeCursor(cursor: string): Position {
  try {
    const [at, id] = position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { at, id };
  } catch {
    throw new RequestRefused(
      '/cursor',
      'Not a cursor of this list: pass the nextCursor of a page unchanged, or leave it out.',
    );
  }
}
