import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../network/free-port.js';
import { until } from '../until.js';
import { findRabbitMq, type RabbitMqInstallation } from './installation.js';
import { RabbitMqNode } from './rabbitmq-node.js';

const START_MS_MAX = 90_000;
const STOP_MS_MAX = 30_000;
const OUTPUT_LENGTH_MAX = 20_000;

const GREETING_MS_MAX = 1_000;
/** What an AMQP 0-9-1 client says first; a broker that is ready answers. */
const GREETING = Buffer.from('AMQP\0\0\x09\x01');

/** The broker's name service in the foreground: as a daemon it would outlive the broker. */
const BROKER_AND_NAMES = 'epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 & exec rabbitmq-server';

/** Waits for the end of its input, which the kernel brings when this process dies, even by SIGKILL. */
const GUARD = 'read -r _; kill -9 "-$1"; rm -rf "$2"';

/** A broker of a test's own, on loopback, that can be broken and does not outlive this process. */
export class RabbitMqServer {
  readonly node: RabbitMqNode;
  #broker: ChildProcess | undefined;
  #guard: ChildProcess | undefined;
  #output = '';

  private constructor(node: RabbitMqNode) {
    this.node = node;
  }

  /** Resolves when it takes connections. Rejects with the reason where no RabbitMQ can be had. */
  static async start(installation?: RabbitMqInstallation): Promise<RabbitMqServer> {
    const found = installation ?? (await findRabbitMq());
    if (typeof found === 'string') throw new Error(found);
    const directory = await mkdtemp(join(found.root, tmpdir(), 'sluice-rabbitmq-'));
    const ports = { amqp: await freePort(), epmd: await freePort(), distribution: await freePort() };
    const server = new RabbitMqServer(new RabbitMqNode({ installation: found, directory, ports }));
    server.node.prepare();
    try {
      await server.start();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  get url(): string {
    return this.node.url;
  }

  get port(): number {
    return this.node.place.ports.amqp;
  }

  /** Starts it again after `stop` or `crash`, with all that it had stored, and resolves when it takes connections. */
  async start(): Promise<void> {
    const [program, ...args] = this.node.command('/bin/sh', '-c', BROKER_AND_NAMES);
    // A process group of its own, so that Ctrl-C reaches only us, and one signal reaches all of it.
    const broker = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], cwd: '/', env: {} });
    this.#broker = broker;
    this.#guard = spawn('/bin/sh', ['-c', GUARD, 'sh', String(broker.pid), this.node.place.directory], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#output = '';
    for (const stream of [broker.stdout, broker.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-OUTPUT_LENGTH_MAX);
      });
    }
    const answers = () => hasEnded(broker) || takesConnections(this.port);
    await until(answers, 'RabbitMQ takes connections', START_MS_MAX).catch((cause: unknown) => {
      throw new Error(`RabbitMQ does not come up:\n${this.#output}`, { cause });
    });
    if (hasEnded(broker)) throw new Error(`RabbitMQ ended at its start:\n${this.#output}`);
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    const impatience = setTimeout(() => this.#signal('SIGKILL'), STOP_MS_MAX);
    this.#broker?.kill('SIGTERM');
    await ended(this.#broker);
    clearTimeout(impatience);
    await this.crash();
  }

  /** Ends it as a power cut does. Idempotent. */
  async crash(): Promise<void> {
    this.#signal('SIGKILL');
    await ended(this.#broker);
    this.#guard?.kill('SIGKILL');
    await ended(this.#guard);
    for (const stream of [this.#broker?.stdout, this.#broker?.stderr]) stream?.destroy();
    this.#broker = this.#guard = undefined;
  }

  /** Halts it: its sockets stay open, and nothing answers. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  ctl(...args: string[]): Promise<string> {
    return this.node.ctl(...args);
  }

  /** Ends it and removes its data. Idempotent. */
  async remove(): Promise<void> {
    await this.crash();
    await rm(this.node.place.directory, { recursive: true, force: true });
  }

  /** To the broker's whole process group, as far as it is still there. */
  #signal(signal: NodeJS.Signals): void {
    const pid = this.#broker?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function ended(child: ChildProcess | undefined): Promise<void> {
  if (child && !hasEnded(child)) await once(child, 'exit');
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1').setTimeout(GREETING_MS_MAX);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket
    .on('connect', () => socket.write(GREETING))
    .on('data', () => resolve(true))
    .on('error', () => resolve(false))
    .on('timeout', () => resolve(false))
    .on('close', () => resolve(false));
  const answered = await promise;
  socket.destroy();
  return answered;
}
