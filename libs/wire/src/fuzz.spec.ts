import { connect } from 'node:net';
import { type Random, seeded, until, within } from '#testing';

import { encodeFrame } from './frame.js';
import { closeAll, dial, Heard, serve } from './links.fixture.js';

const CASES = 2_400;
const AT_ONCE = 60;
const BYTES_MAX = 16 * 1024 * 1024;
const MEMORY_BYTES_MAX = 128 * 1024 * 1024;
const NO_BODY = new Uint8Array();
const LIMITS = { heartbeatMs: 60, greetingMs: 150 };

afterEach(closeAll);

const greeting = encodeFrame(
  { kind: 128, head: { protocol: 1, service: 'tests', token: null, fields: {} }, body: NO_BODY },
  BYTES_MAX,
);

/** What a peer may send that means no good, or means well and is broken. */
const FORMS: readonly [Form, ...Form[]] = [
  (random) => Buffer.from(random.bytes(random.integer(0, 3_000))),
  (random) => giant(random),
  (random) => Buffer.concat([greeting, Buffer.from(random.bytes(random.integer(1, 3_000)))]),
  (random) => Buffer.concat([greeting, giant(random)]),
  (random) => cut(random, Buffer.concat([greeting, valid(random), valid(random)])),
  (random) => damaged(random, Buffer.concat([greeting, valid(random)])),
  (random) => Buffer.concat([greeting, greeting, valid(random)]),
  (random) => Buffer.concat([greeting, control(random)]),
  (random) => Buffer.concat([greeting, rawHead(`${'['.repeat(random.integer(1, 60_000))}`)]),
  (random) => Buffer.concat([greeting, valid(random), valid(random)]),
];
type Form = (random: Random) => Buffer;

function valid(random: Random): Buffer {
  const body = random.bytes(random.integer(0, 2_000));
  return encodeFrame({ kind: random.integer(0, 127), head: { number: random.next() }, body }, BYTES_MAX);
}

function control(random: Random): Buffer {
  const head = random.pick<unknown>([null, {}, 7, { reason: { deep: [] } }, { reason: 'x'.repeat(5_000) }]);
  return encodeFrame({ kind: random.integer(128, 255), head, body: random.bytes(random.integer(0, 50)) }, BYTES_MAX);
}

function giant(random: Random): Buffer {
  const bytes = Buffer.from(random.bytes(random.integer(4, 500)));
  bytes.writeUInt32BE(random.pick([BYTES_MAX, BYTES_MAX + 1, 2 ** 31, 2 ** 32 - 1, random.integer(0, 2 ** 32 - 1)]));
  return bytes;
}

function cut(random: Random, bytes: Buffer): Buffer {
  return bytes.subarray(0, random.integer(0, bytes.byteLength));
}

function damaged(random: Random, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let count = random.integer(1, 5); count > 0; count--) {
    copy[random.integer(0, copy.byteLength - 1)] = random.integer(0, 255);
  }
  return copy;
}

function rawHead(text: string): Buffer {
  const bytes = Buffer.alloc(9 + text.length);
  bytes.writeUInt32BE(5 + text.length, 0);
  bytes.writeUInt32BE(text.length, 5);
  bytes.write(text, 9);
  return bytes;
}

/** Sends in one piece or byte by byte, then ends, resets or falls silent. Resolves when the connection is closed. */
function attack(random: Random, port: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const bytes = random.pick(FORMS)(random);
  const stepBytes = random.pick([bytes.byteLength, bytes.byteLength, 1, random.integer(1, 50)]) || 1;
  const ending = random.pick(['end', 'reset', 'silence']);
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.on('close', () => resolve());
  socket.resume();
  let at = 0;
  const step = (): void => {
    if (socket.destroyed) return;
    if (at < Math.min(bytes.byteLength, 300 * stepBytes)) {
      socket.write(bytes.subarray(at, (at += stepBytes)));
      setImmediate(step);
    } else if (ending === 'end') socket.end();
    else if (ending === 'reset') socket.resetAndDestroy();
  };
  socket.on('connect', step);
  return promise;
}

test(`${CASES} broken or hostile peers do no harm to who listens, nor to its other links`, async () => {
  const random = seeded();
  const [here, there] = [new Heard(), new Heard()];
  const server = await serve(there, { limits: LIMITS });
  dial(here, server.port, { limits: LIMITS });
  await until(() => here.links.length === 1, 'an honest link is there');
  const before = memoryBytes();
  let most = 0;
  let left = CASES;
  const worker = async () => {
    while (left-- > 0) {
      await attack(random, server.port);
      most = Math.max(most, memoryBytes() - before);
    }
  };
  await within(Promise.all(Array.from({ length: AT_ONCE }, worker)), 'every connection is closed', 50_000);
  await until(() => server.links.length === 1, 'only the honest link is left');
  expect(most).toBeLessThan(MEMORY_BYTES_MAX);
  expect(here.closings).toEqual([]);
  const frames = there.frames.length;
  here.links[0]?.send({ kind: 1, head: 'still here', body: NO_BODY });
  await until(() => there.frames.length === frames + 1, 'the honest link still carries');
  expect(there.frames.at(-1)?.head).toBe('still here');
});

function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
