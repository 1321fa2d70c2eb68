import { createServer } from 'node:net';
import { once } from 'node:events';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort, isFree } from './free-port.js';

const MODULE = fileURLToPath(import.meta.resolve('./free-port.js'));

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

test('another process is given none of them while this one lives', async () => {
  const ours: number[] = [];
  while (ours.length < 1_000) ours.push(await freePort());
  const script = `const { freePort } = await import(${JSON.stringify(MODULE)});
    const theirs = [];
    while (theirs.length < 1_000) theirs.push(await freePort());
    console.log(JSON.stringify(theirs));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const theirs = new Set(JSON.parse(output) as number[]);
  expect(theirs.size).toBe(1_000);
  expect(ours.filter((port) => theirs.has(port))).toEqual([]);
});
