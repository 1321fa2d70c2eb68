import { RabbitMqServer } from '#testing';

/** A RabbitMQ of the bench's own, with a vhost for each system. */
export class BenchBroker {
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

  /** Its place for that system, which keeps its queues from one round to the next. */
  async urlOf(system: string): Promise<string> {
    if (!this.#vhosts.has(system)) {
      await this.server.ctl('add_vhost', system);
      await this.server.ctl('set_permissions', '-p', system, 'guest', '.*', '.*', '.*');
      this.#vhosts.add(system);
    }
    return `${this.server.url}/${system}`;
  }

  remove(): Promise<void> {
    return this.server.remove();
  }
}
