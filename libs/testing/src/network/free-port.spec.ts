import { createServer } from 'node:net';
import { once } from 'node:events';
import { freePort, isFree } from './free-port.js';

test('no two calls are given the same port, and each is free', async () => {
  // Among so many of 12,768 chance alone would repeat some, but for one run in 10^39.
  const ports: number[] = [];
  while (ports.length < 1_500) ports.push(await freePort());
  expect(new Set(ports).size).toBe(ports.length);
  expect(await isFree(ports.at(-1)!)).toBe(true);
});

test('a port that somebody listens on is not free', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  expect(await isFree(port)).toBe(false);
  server.close();
});
