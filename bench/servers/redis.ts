import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { freePort, until } from '#testing';

const START_MS_MAX = 20_000;
/** The server ends when its shell's input does, which the kernel brings about when we die. */
const GUARDED = '"$@" & server=$!; read -r _; kill "$server"; wait "$server"';

/** A Redis of the bench's own that answers a write only when it is on disk; it needs the machine's redis-server. */
export class RedisServer {
  private constructor(
    private readonly guard: ChildProcess,
    readonly url: string,
  ) {}

  /** Its version; undefined where none is installed. */
  static version(): string | undefined {
    try {
      return /v=([\d.]+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1];
    } catch {
      return undefined;
    }
  }

  static async start(directory: string): Promise<RedisServer> {
    mkdirSync(directory, { recursive: true });
    const port = await freePort();
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
    const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory];
    const args = ['-c', GUARDED, 'sh', 'redis-server', ...place, ...durable, '--maxmemory-policy', 'noeviction'];
    const guard = spawn('/bin/sh', args, { stdio: ['pipe', 'ignore', 'ignore'] });
    await until(() => takesConnections(port), 'Redis takes connections', START_MS_MAX);
    return new RedisServer(guard, `redis://127.0.0.1:${port}`);
  }

  /** Of its shell, whose child it is. */
  get pid(): number | undefined {
    return this.guard.pid;
  }

  async stop(): Promise<void> {
    const exit = once(this.guard, 'exit');
    this.guard.stdin?.end();
    await exit;
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
