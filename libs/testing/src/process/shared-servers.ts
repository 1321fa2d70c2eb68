import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const STARTER = 'TEST_SERVERS_STARTER';

/** A server of a run: what its tests must know of it, and its end. */
export interface RunServer<Place> {
  readonly place: Place;
  remove(): Promise<void>;
}

/** Starts each server for a whole run when its first test asks, from the process that outlives them all. */
export class SharedServers {
  readonly #starters: ReadonlyMap<string, () => Promise<RunServer<unknown>>>;
  readonly #running = new Map<string, Promise<RunServer<unknown>>>();
  readonly #http: Server;

  private constructor(starters: Readonly<Record<string, () => Promise<RunServer<unknown>>>>) {
    this.#starters = new Map(Object.entries(starters));
    this.#http = createServer(({ url = '' }, response) => {
      this.#place(url.slice(1)).then(
        (place) => response.end(JSON.stringify(place)),
        (error: unknown) => response.writeHead(503).end(String(error)),
      );
    });
  }

  /** From now on this process and those that it starts find the servers. */
  static async offer(starters: Readonly<Record<string, () => Promise<RunServer<unknown>>>>): Promise<SharedServers> {
    const shared = new SharedServers(starters);
    shared.#http.listen(0, '127.0.0.1').unref();
    await once(shared.#http, 'listening');
    process.env[STARTER] = `http://127.0.0.1:${(shared.#http.address() as AddressInfo).port}`;
    return shared;
  }

  /** Ends those that were started. */
  async end(): Promise<void> {
    this.#http.close();
    this.#http.closeAllConnections();
    for (const running of this.#running.values()) await (await running.catch(() => undefined))?.remove();
  }

  async #place(name: string): Promise<unknown> {
    const start = this.#starters.get(name);
    if (!start) throw new Error(`No server is called '${name}'; there are: ${[...this.#starters.keys()].join(', ')}.`);
    const running = this.#running.get(name) ?? start();
    this.#running.set(name, running);
    return (await running).place;
  }
}

/** What tests must know of the run's server of that name, which starts if it has not. Rejects with the reason where it cannot. */
export async function sharedServer<Place>(name: string): Promise<Place> {
  const starter = process.env[STARTER];
  if (!starter) throw new Error(`There is no ${name} to test on. Run \`npm test\`, which starts one.`);
  const answer = await fetch(`${starter}/${name}`);
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Place;
}
