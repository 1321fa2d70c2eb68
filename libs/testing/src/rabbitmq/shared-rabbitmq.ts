import { createServer, type Server } from 'node:http';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { RabbitMqNode, type NodePlace } from './rabbitmq-node.js';
import { RabbitMqServer } from './rabbitmq-server.js';

const run = promisify(execFile);

/** A place on the run's broker that nobody else uses. */
export interface TestVhost {
  readonly url: string;
  /** Removes it, with every queue in it, whoever is still connected. */
  remove(): Promise<void>;
}

/**
 * A new, empty vhost on the tests' RabbitMQ: `TEST_RABBITMQ_URL`, administered by the command `TEST_RABBITMQ_CTL`, or the
 * run's own, which starts when the first test asks for it.
 */
export async function createTestVhost(): Promise<TestVhost> {
  const broker = await sharedBroker();
  const name = `sluice-test-${randomBytes(6).toString('hex')}`;
  const { username } = new URL(broker.url);
  await broker.ctl('add_vhost', name);
  await broker.ctl('set_permissions', '-p', name, username || 'guest', '.*', '.*', '.*');
  const url = new URL(broker.url);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    remove: async () => {
      await broker.ctl('delete_vhost', name);
    },
  };
}

interface Broker {
  readonly url: string;
  ctl(...args: string[]): Promise<unknown>;
}

async function sharedBroker(): Promise<Broker> {
  const url = process.env['TEST_RABBITMQ_URL'];
  if (url) {
    const ctl = (process.env['TEST_RABBITMQ_CTL'] ?? 'rabbitmqctl').split(' ');
    return { url, ctl: (...args) => run(ctl[0] ?? '', [...ctl.slice(1), '--quiet', ...args]) };
  }
  const starter = process.env[STARTER];
  if (!starter) {
    throw new Error(
      'There is no RabbitMQ to test on. Run `npm test`, which starts one, or set TEST_RABBITMQ_URL to one that runs.',
    );
  }
  const answer = await fetch(starter);
  if (!answer.ok) throw new Error(await answer.text());
  return new RabbitMqNode((await answer.json()) as NodePlace);
}

const STARTER = 'TEST_RABBITMQ_STARTER';

/** Starts one broker for a whole run when its first test asks, from the process that outlives them all. */
export class SharedRabbitMq {
  readonly #server: Server;
  #broker: Promise<RabbitMqServer> | undefined;

  private constructor() {
    this.#server = createServer((_request, response) => {
      this.#broker ??= RabbitMqServer.start();
      this.#broker.then(
        ({ node }) => response.end(JSON.stringify(node.place)),
        (error: unknown) => response.writeHead(503).end(String(error)),
      );
    });
  }

  /** From now on this process and those that it starts find the broker. */
  static async offer(): Promise<SharedRabbitMq> {
    const shared = new SharedRabbitMq();
    shared.#server.listen(0, '127.0.0.1').unref();
    await once(shared.#server, 'listening');
    process.env[STARTER] = `http://127.0.0.1:${(shared.#server.address() as AddressInfo).port}`;
    return shared;
  }

  async end(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    const broker = await this.#broker?.catch(() => undefined);
    await broker?.remove();
  }
}
