import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';

/** The server's word that a connection is ready, outside of a transaction. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** What a server says to each session when it shuts down. */
const FAREWELL = errorResponse({
  S: 'FATAL',
  V: 'FATAL',
  C: '57P01',
  M: 'terminating connection due to administrator command',
});

/** Stands before a server, and ends the next connections as one that shuts down: in the packet that says that they are ready. */
export class EndingServer {
  readonly #server: Server;
  #left = 0;

  private constructor(target: { host: string; port: number }) {
    this.#server = createServer((near) => {
      const far = connect(target);
      far.on('data', (data) => {
        const ends = this.#left > 0 && data.subarray(-READY.length).equals(READY);
        if (!ends) return near.write(data);
        this.#left -= 1;
        near.end(Buffer.concat([data, FAREWELL]));
        return far.destroy();
      });
      near.on('data', (data) => far.write(data));
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroySoon());
      }
    });
  }

  /** `databaseUrl` leads to the server that it stands before. */
  static async before(databaseUrl: string): Promise<EndingServer> {
    const { hostname: host, port } = new URL(databaseUrl);
    const ending = new EndingServer({ host, port: Number(port) });
    ending.#server.listen(0, '127.0.0.1');
    await once(ending.#server, 'listening');
    return ending;
  }

  /** `databaseUrl` by way of it. */
  urlOf(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.port = String((this.#server.address() as AddressInfo).port);
    url.hostname = '127.0.0.1';
    return url.href;
  }

  /** Ends so many of the connections that are made from now on. */
  end(connections: number): void {
    this.#left = connections;
  }

  /** How many are still to be ended. */
  get left(): number {
    return this.#left;
  }

  close(): void {
    this.#server.close();
  }
}

function errorResponse(fields: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(fields).map(([kind, value]) => `${kind}${value}\0`);
  const body = Buffer.from(`${text.join('')}\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
