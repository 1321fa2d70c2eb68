import { connect, type Socket } from 'node:net';
import { until } from '#testing';

import { encodeFrame, FrameDecoder } from './frame.js';
import { closeAll, dial, Heard, serve } from './links.fixture.js';
import type { Frame } from './link.js';

const GREETING = 128;
const BYE = 131;
const BYTES_MAX = 16 * 1024 * 1024;
const RIGHT = { protocol: 1, service: 'tests', token: null, fields: { instance: 'raw' } };

const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await closeAll();
});

/** A connection that says what a test wants, and remembers the frames that come back. */
function raw(port: number) {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  const decoder = new FrameDecoder(BYTES_MAX);
  const frames: Frame[] = [];
  let closed = false;
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => frames.push(...decoder.push(chunk)));
  socket.on('close', () => (closed = true));
  const greet = (head: unknown) =>
    socket.write(encodeFrame({ kind: GREETING, head, body: new Uint8Array() }, BYTES_MAX));
  return { socket, frames, greet, closed: () => closed };
}

async function listening() {
  const heard = new Heard();
  const server = await serve(heard, { limits: { heartbeatMs: 100, greetingMs: 150 } }, heard.refusals);
  return { heard, server, port: server.port };
}

describe('the greeting of a link', () => {
  test('opens it when it is right', async () => {
    const { heard, port } = await listening();
    const { greet, frames } = raw(port);
    greet(RIGHT);
    await until(() => heard.links.length === 1 && frames.length > 0, 'the link is open');
    expect(frames[0]).toMatchObject({ kind: GREETING, head: { fields: { instance: 'server' } } });
  });

  test.each<[string, unknown, string]>([
    ['another version', { ...RIGHT, protocol: 2 }, 'versions 2 and 1 of the protocol: run the same release'],
    ['another service', { ...RIGHT, service: 'commands' }, 'one end is for commands, the other for tests'],
    ['nothing known', null, 'the greeting was not one of Sluice'],
    ['a number for a word', { ...RIGHT, fields: { lanes: 16 } }, 'the greeting was not one of Sluice'],
    ['more than it should', { ...RIGHT, admin: true }, 'the greeting was not one of Sluice'],
  ])('of %s is refused, and both ends can tell why', async (_what, head, reason) => {
    const { heard, port } = await listening();
    const { greet, frames, closed } = raw(port);
    greet(head);
    await until(() => closed() && heard.refusals.length > 0, 'the connection is closed on both ends');
    expect(frames).toEqual([expect.objectContaining({ kind: BYE, head: { reason: expect.stringContaining(reason) } })]);
    expect(heard.refusals).toEqual([expect.stringContaining(reason)]);
    expect(heard.links).toEqual([]);
  });

  test.each<[string, string | Buffer, string]>([
    ['a web browser', 'GET / HTTP/1.1\r\nHost: here\r\n\r\n', 'bytes came where at most 65536 are taken'],
    [
      'a frame of a user',
      encodeFrame({ kind: 0, head: RIGHT, body: Buffer.of() }, BYTES_MAX),
      'something else than a greeting',
    ],
    [
      'a greeting that is longer than any',
      Buffer.from([0, 1, 0, 1]),
      'a frame of 65537 bytes came where at most 65536',
    ],
  ])('is not what %s sends', async (_what, bytes, reason) => {
    const { heard, port } = await listening();
    const { socket, closed } = raw(port);
    socket.write(bytes);
    await until(() => closed() && heard.refusals.length > 0, 'the connection is closed on both ends');
    expect(heard.refusals).toEqual([expect.stringContaining(reason)]);
  });

  test('is not missed on a connection that says nothing and goes', async () => {
    const { heard, port } = await listening();
    const probe = raw(port);
    probe.socket.end();
    await until(probe.closed, 'the probe has gone');
    const { socket, closed } = raw(port);
    socket.write('x'.repeat(10));
    await until(closed, 'the connection is closed');
    expect(heard.refusals).toEqual([expect.stringContaining('bytes came where at most')]);
  });

  test('must come in time, whatever trickles in meanwhile', async () => {
    const { heard, port } = await listening();
    const { socket, closed } = raw(port);
    // A frame of 65,535 bytes that never ends.
    socket.write(Buffer.from([0, 0, 255, 255]));
    await until(() => {
      if (!closed()) socket.write('.');
      return closed() && heard.refusals.length > 0;
    }, 'the connection is closed on both ends');
    expect(heard.refusals).toEqual(['no greeting came within 150 ms']);
  });

  test('that never comes back ends the try of who dials', async () => {
    const silent = new Heard();
    const { createServer } = await import('node:net');
    const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await until(() => server.listening, 'it listens');
    const { port } = server.address() as { port: number };
    const dialer = dial(silent, port, { limits: { greetingMs: 100 } });
    await until(() => dialer.peers[0]?.lastError, 'a try has ended');
    expect(dialer.peers[0]?.lastError).toBe('no greeting came within 100 ms');
    server.close();
  });
});
