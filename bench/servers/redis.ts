import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { freePort, until } from '#testing';
import type { BenchServer } from './server.js';

const START_MS_MAX = 20_000;
/** The server ends when its shell's input does, which the kernel brings about when we die. */
const GUARDED = '"$@" & server=$!; read -r _; kill "$server"; wait "$server"';

/** A Redis of the bench's own that answers a write only when it is on disk; it needs the machine's redis-server. */
export class RedisServer implements BenchServer {
  private constructor(
    private readonly guard: ChildProcess,
    private readonly port: number,
    readonly version: string,
  ) {}

  /** Undefined where none is installed. */
  static async start(directory: string): Promise<RedisServer | undefined> {
    const version = installedVersion();
    if (version === undefined) return undefined;
    mkdirSync(directory, { recursive: true });
    const port = await freePort();
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
    const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory];
    const args = ['-c', GUARDED, 'sh', 'redis-server', ...place, ...durable, '--maxmemory-policy', 'noeviction'];
    const guard = spawn('/bin/sh', args, { stdio: ['pipe', 'ignore', 'ignore'] });
    await until(() => takesConnections(port), 'Redis takes connections', START_MS_MAX);
    return new RedisServer(guard, port, version);
  }

  /** Of its shell, whose child it is. */
  get pid(): number | undefined {
    return this.guard.pid;
  }

  urlOf(): Promise<string> {
    return Promise.resolve(`redis://127.0.0.1:${this.port}`);
  }

  /** Only one system uses it, so all of it is that system's place. */
  async renew(): Promise<void> {
    const socket = connect(this.port, '127.0.0.1');
    socket.write('FLUSHALL\r\n');
    await once(socket, 'data');
    socket.destroy();
  }

  async stop(): Promise<void> {
    const exit = once(this.guard, 'exit');
    this.guard.stdin?.end();
    await exit;
  }
}

function installedVersion(): string | undefined {
  try {
    return /v=([\d.]+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1];
  } catch {
    return undefined;
  }
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  const taken = await promise;
  socket.destroy();
  return taken;
}
