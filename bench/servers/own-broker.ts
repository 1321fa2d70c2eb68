import type { OwnServer } from '#testing';
import type { BenchServer } from './server.js';

/** A broker of the bench's own that only one system uses, so that a new one is that system's empty place. */
export class OwnBroker<Server extends OwnServer> implements BenchServer {
  private constructor(
    private server: Server,
    private readonly start: () => Promise<Server>,
    readonly version: string,
    private readonly placeOf: (server: Server) => string,
  ) {}

  static async of<Server extends OwnServer>(
    start: () => Promise<Server>,
    version: string,
    placeOf: (server: Server) => string,
  ): Promise<OwnBroker<Server>> {
    return new OwnBroker(await start(), start, version, placeOf);
  }

  get pid(): number | undefined {
    return this.server.pid;
  }

  urlOf(): Promise<string> {
    return Promise.resolve(this.placeOf(this.server));
  }

  async renew(): Promise<void> {
    await this.server.remove();
    this.server = await this.start();
  }

  stop(): Promise<void> {
    return this.server.remove();
  }
}
