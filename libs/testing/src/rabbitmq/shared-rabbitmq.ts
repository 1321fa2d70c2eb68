import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { sharedServer } from '../process/shared-servers.js';
import { RabbitMqNode, type NodePlace } from './rabbitmq-node.js';

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
  return new RabbitMqNode(await sharedServer<NodePlace>('rabbitmq'));
}
