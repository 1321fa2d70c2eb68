import { Logger } from '@nestjs/common';
import { ClientTCP, JsonSocket, ServerTCP, type TcpSocket } from '@nestjs/microservices';
import { randomFrom, seeded, until } from '#testing';
import { FramedSocket } from '#wire';
import type { AddressInfo, Server, Socket } from 'node:net';

const REQUESTS = 20_000;
const BYTES_LEAST = 300;
const BYTES_MOST = 4_096;
/** Looks, some milliseconds apart, without one reply more: none will come. Turns of the event loop, since the load blocks it. */
const STILL_LOOKS = 200;
const LOAD_MS_MAX = 50_000;

/** Nest takes all requests at once and holds none back, so what waits must find room. */
class RoomyFramedSocket extends FramedSocket {
  constructor(socket: Socket) {
    super(socket, { limits: { sendBytesMax: 256 * 1024 * 1024 } });
  }
}

const ends: (() => void)[] = [];

// Nest's client writes to its log that the connection which a test ends has ended.
beforeAll(() => Logger.overrideLogger(false));

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Nest's own server and client with a socket class; every request is answered with what it brought. */
async function pair(socketClass: new (socket: Socket) => TcpSocket) {
  const server = new ServerTCP({ host: '127.0.0.1', port: 0, socketClass });
  server.addHandler('echo', async (data: string) => data);
  const net = server.unwrap<Server>();
  const accepted: Socket[] = [];
  net.on('connection', (socket) => accepted.push(socket));
  await new Promise<void>((resolve) => server.listen(() => resolve()));
  const client = new ClientTCP({ host: '127.0.0.1', port: (net.address() as AddressInfo).port, socketClass });
  ends.push(
    () => client.close(),
    () => server.close(),
  );
  await client.connect();
  await until(() => accepted.length === 1, 'the server has the connection');
  return { client, near: client.unwrap<Socket>(), far: accepted[0] };
}

/** All requests at once, so that requests go one way while replies go the other. Counts the replies that come back whole. */
function load(client: ClientTCP, seed: number): () => number {
  const random = randomFrom(seed);
  let replies = 0;
  for (let index = 0; index < REQUESTS; index++) {
    const text = `${index}:`.padEnd(random.integer(BYTES_LEAST, BYTES_MOST), 'x');
    client.send<string>('echo', text).subscribe({
      next: (reply) => (replies += reply === text ? 1 : 0),
      // What waits when the test ends is told that the connection closed.
      error: () => undefined,
    });
  }
  return () => replies;
}

/** How many replies there are when all have come, or when no more come. */
async function repliesInTheEnd(replies: () => number): Promise<number> {
  let seen = replies();
  let looks = 0;
  await until(
    () => {
      looks = replies() === seen ? looks + 1 : 0;
      seen = replies();
      return seen === REQUESTS || looks > STILL_LOOKS;
    },
    'all replies have come, or none comes any more',
    LOAD_MS_MAX,
  );
  return seen;
}

describe(`Nest's TCP under ${REQUESTS.toLocaleString('en')} requests of ${BYTES_LEAST} to ${BYTES_MOST} bytes at once`, () => {
  test('with its own JSON socket stops for good: each end has paused reading until the other one reads', async () => {
    const { client, near, far } = await pair(JsonSocket);
    const replies = await repliesInTheEnd(load(client, seeded().seed));
    expect(replies).toBeLessThan(REQUESTS);
    expect([near.isPaused(), far?.isPaused()]).toEqual([true, true]);
    expect([near.writableNeedDrain, far?.writableNeedDrain]).toEqual([true, true]);
  });

  test('with the framed socket answers them all', async () => {
    const { client } = await pair(RoomyFramedSocket);
    const replies = await repliesInTheEnd(load(client, seeded().seed));
    expect(replies).toBe(REQUESTS);
  });
});
