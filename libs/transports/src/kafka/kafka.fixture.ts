import { Admin, Producer, type MessageToProduce } from '@platformatic/kafka';
import { randomUUID } from 'node:crypto';
import { loadSettings } from '#settings';
import { sharedKafka, TcpProxy } from '#testing';
import { KafkaTransport } from './kafka-transport.js';
import { kafkaSettings, type KafkaSettings } from './settings.js';

const CLOSE_MS = 5_000;

export function settingsOf(env: Record<string, string>): KafkaSettings {
  return loadSettings(kafkaSettings, { env, envFile: null }).values;
}

/** Topics of a test's own on the run's Kafka, and everything opened on them. */
export class TestBroker {
  readonly address: string;
  readonly #transports: KafkaTransport[] = [];
  readonly #proxies: TcpProxy[] = [];
  #prefix = TestBroker.#newPrefix();

  private constructor(address: string) {
    this.address = address;
  }

  static async create(): Promise<TestBroker> {
    return new TestBroker(await sharedKafka());
  }

  static #newPrefix(): string {
    return `test-${randomUUID().slice(0, 8)}`;
  }

  /** What the names of this test's topics begin with. */
  get prefix(): string {
    return this.#prefix;
  }

  get commands(): string {
    return `${this.#prefix}.commands`;
  }

  /** Not open yet. */
  make(lanes: number, env: Record<string, string> = {}): KafkaTransport {
    const place = { KAFKA_BROKERS: this.address, KAFKA_PREFIX: this.prefix };
    const transport = new KafkaTransport(settingsOf({ ...place, ...env }), lanes);
    this.#transports.push(transport);
    return transport;
  }

  async open(lanes: number, env: Record<string, string> = {}): Promise<KafkaTransport> {
    const transport = this.make(lanes, env);
    await transport.open();
    return transport;
  }

  async proxy(): Promise<TcpProxy> {
    const { hostname, port } = new URL(`kafka://${this.address}`);
    const proxy = await TcpProxy.to(hostname, Number(port));
    this.#proxies.push(proxy);
    return proxy;
  }

  /** By a client that is no transport. */
  async send(...messages: MessageToProduce[]): Promise<void> {
    const producer = new Producer({ clientId: 'foreign', bootstrapBrokers: [this.address] });
    try {
      await producer.send({ messages, acks: -1 });
    } finally {
      await producer.close();
    }
  }

  async withAdmin<Value>(use: (admin: Admin) => Promise<Value>): Promise<Value> {
    const admin = new Admin({ clientId: 'admin', bootstrapBrokers: [this.address] });
    try {
      return await use(admin);
    } finally {
      await admin.close();
    }
  }

  /** Closes what is open; the next test has topics of its own. */
  async endTest(): Promise<void> {
    await Promise.all(this.#transports.splice(0).map((transport) => transport.close(CLOSE_MS)));
    for (const proxy of this.#proxies.splice(0)) await proxy.close();
    this.#prefix = TestBroker.#newPrefix();
  }
}
