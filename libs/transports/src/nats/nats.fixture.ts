import type { NatsConnection } from '@nats-io/transport-node';
import { loadSettings } from '#settings';
import { NatsServer, TcpProxy } from '#testing';
import { connectByCable } from './cable.js';
import { NatsTransport } from './nats-transport.js';
import { natsSettings, type NatsSettings } from './settings.js';

const CLOSE_MS = 1_000;

export function settingsOf(env: Record<string, string>): NatsSettings {
  return loadSettings(natsSettings, { env, envFile: null }).values;
}

/** On a connection of a client that is no transport. */
export async function connected<Value>(
  url: string,
  use: (connection: NatsConnection) => Promise<Value>,
): Promise<Value> {
  const { host, username: user, password: pass } = new URL(url);
  const options = { servers: [host], user, pass };
  const { connection } = await connectByCable(options, new AbortController().signal);
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

/** A server of a spec's own, and everything opened on it. */
export class TestBroker {
  readonly server: NatsServer;
  readonly #transports: NatsTransport[] = [];
  readonly #proxies: TcpProxy[] = [];
  #test = 1;

  private constructor(server: NatsServer) {
    this.server = server;
  }

  static async create(): Promise<TestBroker> {
    return new TestBroker(await NatsServer.start({ settings: { max_payload: '2MB' } }));
  }

  /** What the names of this test's streams begin with. */
  get prefix(): string {
    return `test-${this.#test}`;
  }

  /** Not open yet. */
  make(lanes: number, env: Record<string, string> = {}): NatsTransport {
    const place = { NATS_URLS: this.server.url, NATS_PREFIX: this.prefix, NATS_SYNC: 'always' };
    const transport = new NatsTransport(settingsOf({ ...place, ...env }), lanes);
    this.#transports.push(transport);
    return transport;
  }

  async open(lanes: number, env: Record<string, string> = {}): Promise<NatsTransport> {
    const transport = this.make(lanes, env);
    await transport.open();
    return transport;
  }

  async proxy(): Promise<TcpProxy> {
    const proxy = await TcpProxy.to('127.0.0.1', this.server.port);
    this.#proxies.push(proxy);
    return proxy;
  }

  connected<Value>(use: (connection: NatsConnection) => Promise<Value>): Promise<Value> {
    return connected(this.server.url, use);
  }

  /** Closes what is open; the next test has streams of its own. */
  async endTest(): Promise<void> {
    await Promise.all(this.#transports.splice(0).map((transport) => transport.close(CLOSE_MS)));
    for (const proxy of this.#proxies.splice(0)) await proxy.close();
    this.#test += 1;
  }

  async remove(): Promise<void> {
    await this.endTest();
    await this.server.remove();
  }
}
