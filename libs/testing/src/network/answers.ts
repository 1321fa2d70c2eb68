import { connect } from 'node:net';

const ANSWER_MS_MAX = 2_000;

/** Whether a server of this machine says something to the greeting. */
export async function answers(port: number, greeting: Uint8Array): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1').setTimeout(ANSWER_MS_MAX);
  socket
    .on('connect', () => socket.write(greeting))
    .on('data', () => resolve(true))
    .on('error', () => resolve(false))
    .on('timeout', () => resolve(false))
    .on('close', () => resolve(false));
  const answered = await promise;
  socket.destroy();
  return answered;
}
