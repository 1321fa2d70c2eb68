import { connect, type Channel } from 'amqplib';
import { GATEWAY_SOURCE, type Batch, type ConsumeOptions, type Consumer, type Envelope } from '#messaging';
import { loadSettings } from '#settings';
import { createTestVhost, TcpProxy, type TestVhost } from '#testing';
import { RabbitmqTransport } from './rabbitmq-transport.js';
import { rabbitmqSettings, type RabbitmqSettings } from './settings.js';

export const OPTIONS: ConsumeOptions = { batchMax: 10, batchBytesMax: 1024 ** 2, batchWaitMs: 2, prefetch: 20 };
export const DEADLINE_MS = 10_000;
const CLOSE_MS = 1_000;

let made = 0;

/** A small command for that lane, with an id of its own. */
export function envelope(lane: number, fields: Partial<Envelope> = {}): Envelope {
  const id = `command-${++made}`;
  const body = Buffer.from(`{"is":"${id}"}`);
  const envelope = { id, type: 'a.b.v1', source: GATEWAY_SOURCE, partitionKey: `s:${id}`, lane, timeMs: 1, body };
  return { ...envelope, attributes: {}, ...fields };
}

export function idsOf({ deliveries }: Batch): string[] {
  return deliveries.map((delivery) => (delivery.kind === 'decoded' ? delivery.envelope.id : delivery.reason));
}

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

/** A process that consumes, and what it was handed. */
export class Worker {
  readonly transport: RabbitmqTransport;
  readonly batches: Batch[] = [];

  constructor(transport: RabbitmqTransport) {
    this.transport = transport;
  }

  consume(settle: (batch: Batch) => unknown = () => undefined): Promise<Consumer> {
    return this.transport.consume(OPTIONS, async (batch) => {
      this.batches.push(batch);
      await settle(batch);
    });
  }

  /** One command to each lane. */
  async publishToAll(lanes: number): Promise<void> {
    await Promise.all(Array.from({ length: lanes }, (_, lane) => this.transport.publish(envelope(lane), DEADLINE_MS)));
  }

  get lanes(): number[] {
    return [...new Set(this.batches.map(({ lane }) => lane))];
  }
}
