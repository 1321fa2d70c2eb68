import { connect, type Channel } from 'amqplib';
import { loadSettings } from '#settings';
import { createTestVhost, TcpProxy, type TestVhost } from '#testing';
import { RabbitmqTransport } from './rabbitmq-transport.js';
import { rabbitmqSettings, type RabbitmqSettings } from './settings.js';

const CLOSE_MS = 1_000;

export function settingsOf(env: Record<string, string>): RabbitmqSettings {
  return loadSettings(rabbitmqSettings, { env, envFile: null }).values;
}

/** A vhost of a test's own, and everything opened on it. */
export class TestBroker {
  readonly vhost: TestVhost;
  readonly #transports: RabbitmqTransport[] = [];
  readonly #proxies: TcpProxy[] = [];
  #test = 1;

  private constructor(vhost: TestVhost) {
    this.vhost = vhost;
  }

  static async create(): Promise<TestBroker> {
    return new TestBroker(await createTestVhost());
  }

  /** What the names of this test's queues begin with. */
  get prefix(): string {
    return `test-${this.#test}`;
  }

  /** Not open yet. */
  make(lanes: number, env: Record<string, string> = {}): RabbitmqTransport {
    const place = { RABBITMQ_URLS: this.vhost.url, RABBITMQ_PREFIX: this.prefix };
    const transport = new RabbitmqTransport(settingsOf({ ...place, ...env }), lanes);
    this.#transports.push(transport);
    return transport;
  }

  async open(lanes: number, env: Record<string, string> = {}): Promise<RabbitmqTransport> {
    const transport = this.make(lanes, env);
    await transport.open();
    return transport;
  }

  async proxy(): Promise<TcpProxy> {
    const { hostname, port } = new URL(this.vhost.url);
    const proxy = await TcpProxy.to(hostname, Number(port));
    this.#proxies.push(proxy);
    return proxy;
  }

  /** On a channel of a client that is no transport. */
  async withChannel<Value>(use: (channel: Channel) => Promise<Value>): Promise<Value> {
    const connection = await connect(this.vhost.url);
    connection.on('error', () => undefined);
    try {
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      return await use(channel);
    } finally {
      await connection.close().catch(() => undefined);
    }
  }

  /** Closes what is open; the next test has queues of its own. */
  async endTest(): Promise<void> {
    await Promise.all(this.#transports.splice(0).map((transport) => transport.close(CLOSE_MS)));
    for (const proxy of this.#proxies.splice(0)) await proxy.close();
    this.#test += 1;
  }

  async remove(): Promise<void> {
    await this.endTest();
    await this.vhost.remove();
  }
}
