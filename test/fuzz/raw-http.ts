import { connect } from 'node:net';

/** What came back for some bytes; status 0: the connection was closed without an answer. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** How long the bytes may be the beginning of a longer request. */
const MORE_MS = 2_000;
const HEAD_END = '\r\n\r\n';

/**
 * Writes bytes as they are, which no HTTP client would, and reads until the answer is whole or the connection ends. Rejects when
 * neither comes in time.
 */
export function exchange(port: number, bytes: Buffer, answerMsMax: number): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const chunks: Buffer[] = [];
  const socket = connect(port, '127.0.0.1');
  const timer = setTimeout(() => {
    reject(new Error(`Neither an answer nor an end within ${answerMsMax} ms.`));
    socket.destroy();
  }, answerMsMax);
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    if (isWhole(Buffer.concat(chunks).toString('latin1'))) socket.destroy();
  });
  socket.on('connect', () => socket.write(bytes));
  // Whoever waits for more of a request that is not complete learns that there is none.
  const end = setTimeout(() => socket.end(), MORE_MS);
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(timer);
    clearTimeout(end);
    resolve(answerOf(Buffer.concat(chunks).toString('utf8')));
  });
  return promise;
}

function isWhole(text: string): boolean {
  const bodyAt = text.indexOf(HEAD_END) + HEAD_END.length;
  if (bodyAt < HEAD_END.length) return false;
  const length = /^content-length: (\d+)\r$/im.exec(text.slice(0, bodyAt))?.[1];
  return length !== undefined && text.length - bodyAt >= Number(length);
}

function answerOf(text: string): RawAnswer {
  const end = text.indexOf(HEAD_END);
  const [head, body] = end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end + HEAD_END.length)];
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body };
}
