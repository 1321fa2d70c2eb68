import { Agent, request } from 'node:http';

export interface LoadOptions {
  readonly url: string;
  readonly path: string;
  /** Requests under way at a time, each on a connection of its own that is kept. */
  readonly concurrency: number;
  readonly requests: number;
  /** The body of the n-th request. */
  readonly bodyOf: (index: number) => string;
}

export interface LoadResult {
  readonly perSecond: number;
  /** Milliseconds from sending to the whole answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends the requests as fast as the answers come (a closed loop). Rejects on any answer but 202. */
export async function applyLoad(options: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.concurrency });
  const latenciesMs: number[] = [];
  let next = 0;
  const began = performance.now();
  const worker = async () => {
    while (next < options.requests) {
      const sent = performance.now();
      const status = await post(agent, options.url + options.path, options.bodyOf(next++));
      if (status !== 202) throw new Error(`${options.path} answered ${status} instead of 202.`);
      latenciesMs.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  const seconds = (performance.now() - began) / 1_000;
  agent.destroy();
  latenciesMs.sort((a, b) => a - b);
  return {
    perSecond: options.requests / seconds,
    p50Ms: latenciesMs[Math.floor(latenciesMs.length * 0.5)] ?? Number.NaN,
    p99Ms: latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? Number.NaN,
  };
}

function post(agent: Agent, url: string, body: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const sending = request(url, { method: 'POST', agent, headers }, (response) => {
    response.resume();
    response.once('end', () => resolve(response.statusCode ?? 0));
  });
  sending.once('error', reject);
  sending.end(body);
  return promise;
}
