import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { until } from '../until.js';
import { TcpProxy } from './tcp-proxy.js';

let server: Server;
let proxy: TcpProxy;
const sockets = new Set<Socket>();

beforeEach(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await TcpProxy.to('127.0.0.1', (server.address() as AddressInfo).port);
});

afterEach(async () => {
  await proxy.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server.close();
  await once(server, 'close');
});

async function client(): Promise<{ socket: Socket; received: () => string; failure: () => string | undefined }> {
  const socket = connect(proxy.port, proxy.host);
  sockets.add(socket);
  let received = '';
  let failure: string | undefined;
  socket.on('data', (chunk) => (received += chunk.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => (failure = error.code));
  await once(socket, 'connect');
  return { socket, received: () => received, failure: () => failure };
}

test('bytes go through in both directions, and an end in one direction leaves the other open', async () => {
  const { socket, received } = await client();
  socket.end('to and fro');
  await once(socket, 'end');
  expect(received()).toBe('to and fro');
  await until(() => proxy.connections === 0, 'the proxy has forgotten the connection');
});

test('cut resets the connections there are and lets new ones through', async () => {
  const first = await client();
  await until(() => proxy.connections === 1, 'the proxy has the connection');
  proxy.cut();
  await until(() => first.failure() !== undefined, 'the client learns of it');
  expect(first.failure()).toBe('ECONNRESET');
  const second = await client();
  second.socket.write('again');
  await until(() => second.received() === 'again', 'the second connection echoes');
});

test('what is written while frozen arrives after the thaw, on old and on new connections', async () => {
  const old = await client();
  old.socket.write('a');
  await until(() => old.received() === 'a', 'the connection echoes');
  proxy.freeze();
  const young = await client();
  old.socket.write('b');
  young.socket.write('c');
  await until(() => proxy.connections === 2, 'the proxy has both connections');
  expect([old.received(), young.received()]).toEqual(['a', '']);
  proxy.thaw();
  await until(() => old.received() === 'ab' && young.received() === 'c', 'both have their echo');
});

test('one direction is silenced alone: what is sent arrives, and its echo after the thaw', async () => {
  const { socket, received } = await client();
  socket.write('a');
  await until(() => received() === 'a', 'the connection echoes');
  let arrived = '';
  for (const far of sockets) if (far !== socket) far.on('data', (chunk) => (arrived += chunk.toString()));
  proxy.silence('back');
  socket.write('b');
  await until(() => arrived === 'b', 'the server has it');
  expect(received()).toBe('a');
  proxy.thaw();
  await until(() => received() === 'ab', 'the echo is there');
});

test.each(['client', 'server'] as const)(
  'half a connection is left when its %s is lost, until it is forsaken',
  async (lost) => {
    const { socket, failure } = await client();
    const far = await until(() => [...sockets].find((one) => one !== socket), 'the server has the connection');
    const [gone, left] = lost === 'client' ? [socket, far] : [far, socket];
    proxy.halve(lost);
    await until(() => gone.destroyed, 'the lost end has closed');
    const second = await client();
    second.socket.write('new');
    await until(() => second.received() === 'new', 'a new connection echoes');
    expect(left.destroyed).toBe(false);
    proxy.forsake();
    await until(() => left.destroyed, 'the other end has closed too');
    expect(failure()).toBe('ECONNRESET');
  },
);

test('a delay holds what is written, and is over when it is set to 0', async () => {
  const { socket, received } = await client();
  proxy.delay(60);
  const began = performance.now();
  socket.write('late');
  await until(() => received() === 'late', 'the echo is there');
  // There and back.
  expect(performance.now() - began).toBeGreaterThanOrEqual(115);
  proxy.delay(0);
  socket.write(' soon');
  await until(() => received() === 'late soon', 'the second echo is there');
});

test('a throttled connection passes all on, in pieces and in order', async () => {
  const { socket, received } = await client();
  proxy.throttle(2_000);
  const sent = Array.from({ length: 100 }, (_, index) => String(index).padStart(3, '0')).join('');
  const began = performance.now();
  socket.write(sent);
  await until(() => received().length > 0, 'a piece is there');
  expect(received().length).toBeLessThan(sent.length);
  await until(() => received() === sent, 'all is there');
  expect(performance.now() - began).toBeGreaterThan(100);
  proxy.throttle(Infinity);
  socket.write('fast');
  await until(() => received() === `${sent}fast`, 'the rest is there');
});

test('refuse turns new connections away until restore, on the same port', async () => {
  const before = proxy.port;
  await proxy.refuse();
  await expect(client()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await proxy.restore();
  expect(proxy.port).toBe(before);
  const { socket, received } = await client();
  socket.write('back');
  await until(() => received() === 'back', 'the connection echoes');
});

test('closing twice is closing once', async () => {
  await proxy.close();
  await proxy.close();
  await expect(client()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('urlOf puts itself in the place of host and port only', () => {
  expect(proxy.urlOf('postgres://user:secret@db.example:5432/orders?sslmode=disable')).toBe(
    `postgres://user:secret@127.0.0.1:${proxy.port}/orders?sslmode=disable`,
  );
});
