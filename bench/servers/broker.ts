import { connect } from 'amqplib';
import { RabbitMqServer, until } from '#testing';
import type { BenchServer } from './server.js';

/** A new vhost takes connections a while after it was made. */
const VHOST_MS_MAX = 60_000;

/** A RabbitMQ of the bench's own, with a vhost for each system. */
export class BenchBroker implements BenchServer {
  readonly #vhosts = new Set<string>();

  private constructor(
    private readonly server: RabbitMqServer,
    readonly pid: number,
    readonly version: string,
  ) {}

  static async start(): Promise<BenchBroker> {
    const server = await RabbitMqServer.start();
    const [pid, version] = [await server.ctl('eval', 'os:getpid().'), await server.ctl('version')];
    return new BenchBroker(server, Number(pid.replaceAll('"', '')), version);
  }

  async urlOf(system: string): Promise<string> {
    if (!this.#vhosts.has(system)) {
      await this.server.ctl('add_vhost', system);
      await this.server.ctl('set_permissions', '-p', system, 'guest', '.*', '.*', '.*');
      this.#vhosts.add(system);
      await until(() => takesConnections(this.#placeOf(system)), `the vhost ${system} is up`, VHOST_MS_MAX);
    }
    return this.#placeOf(system);
  }

  async renew(system: string): Promise<void> {
    if (this.#vhosts.delete(system)) await this.server.ctl('delete_vhost', system);
  }

  stop(): Promise<void> {
    return this.server.remove();
  }

  #placeOf(system: string): string {
    return `${this.server.url}/${system}`;
  }
}

async function takesConnections(url: string): Promise<boolean> {
  const connection = await connect(url);
  await connection.close();
  return true;
}
