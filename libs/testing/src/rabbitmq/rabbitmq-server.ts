import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers } from '../network/answers.js';
import { freePort } from '../network/free-port.js';
import { type Home, type Launch, makeHome, OwnServer, started } from '../process/own-server.js';
import { findRabbitMq } from './installation.js';
import { type NodePlace, type NodeTls, RabbitMqNode } from './rabbitmq-node.js';

/** What an AMQP 0-9-1 client says first; a broker that is ready answers. */
const GREETING = Buffer.from('AMQP\0\0\x09\x01');

/** The broker's name service in the foreground: as a daemon it would outlive the broker. */
const BROKER_AND_NAMES = 'epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 & exec rabbitmq-server';

export interface RabbitMqOptions {
  /** Takes connections over TLS too. */
  readonly tls?: NodeTls;
  readonly port?: number;
  /** Where it lives, below the installation's root, which then outlives it. */
  readonly directory?: string;
}

/** A broker of a test's own, on loopback, that can be broken and does not outlive this process. */
export class RabbitMqServer extends OwnServer {
  protected readonly title = 'RabbitMQ';
  readonly node: RabbitMqNode;

  private constructor(home: Home, place: Omit<NodePlace, 'directory'>) {
    super(home);
    this.node = new RabbitMqNode({ ...place, directory: this.directory });
  }

  /** Resolves when it takes connections. Rejects with the reason where no RabbitMQ can be had. */
  static async start(options: RabbitMqOptions = {}): Promise<RabbitMqServer> {
    const installation = await findRabbitMq();
    if (typeof installation === 'string') throw new Error(installation);
    const { tls } = options;
    const home = await makeHome('rabbitmq', options, join(installation.root, tmpdir()));
    const ports = { amqp: options.port ?? (await freePort()), epmd: await freePort(), distribution: await freePort() };
    const secured = tls && { tls: { ...tls, port: await freePort() } };
    return started(new RabbitMqServer(home, { installation, ports, ...secured }));
  }

  get url(): string {
    return this.node.url;
  }

  get port(): number {
    return this.node.place.ports.amqp;
  }

  ctl(...args: string[]): Promise<string> {
    return this.node.ctl(...args);
  }

  protected async launch(): Promise<Launch> {
    this.node.prepare();
    return { command: this.node.command('/bin/sh', '-c', BROKER_AND_NAMES) };
  }

  protected isReady(): Promise<boolean> {
    return answers(this.port, GREETING);
  }
}
