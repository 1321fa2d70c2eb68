import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GATEWAY_SOURCE, type Batch, type ConsumeOptions, type Consumer, type Envelope } from '#messaging';
import { freePort, TcpProxy, until } from '#testing';
import type { HostPort } from '#wire';
import { TcpTransport } from './tcp-transport.js';

export const LANES = 16;
export const DEADLINE_MS = 10_000;
export const OPTIONS: ConsumeOptions = { batchMax: 5, batchBytesMax: 1024 * 1024, batchWaitMs: 0, prefetch: 10 };
export const SPOOL = { bytesMax: 256 * 1024 * 1024, countMax: 100_000 };
/** Short, so that a frozen end is noticed within a test. */
const LIMITS = { heartbeatMs: 100 };
const HINTS = 20;
const HOST = '127.0.0.1';

export function envelope(id: string, lane: number): Envelope {
  const body = Buffer.from(`{"is":"${id}"}`);
  return { id, type: 'a.b.v1', source: GATEWAY_SOURCE, partitionKey: `s:${id}`, lane, timeMs: 1, attributes: {}, body };
}

/** One hand-over, to whichever consumer, in the order in which they began. */
export interface HandOver {
  readonly consumer: string;
  readonly batch: Batch;
  readonly ids: readonly string[];
}

export type Settle = (handOver: HandOver) => Promise<void> | void;

/** Gateways and consumers of one installation, each as a process of its own would be, and what was handed over among them. */
export class Installation {
  readonly handOvers: HandOver[] = [];
  readonly settled: string[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), 'sluice-tcp-'));
  readonly #closing: (() => Promise<void>)[] = [];

  directoryOf(name: string): string {
    return join(this.#directory, name);
  }

  async gateway(name: string, peers: readonly HostPort[], token?: string, lanes = LANES): Promise<TcpTransport> {
    const spool = { ...SPOOL, directory: this.directoryOf(name), lanes };
    const options = { lanes, bytesMax: SPOOL.bytesMax, limits: LIMITS, security: { token }, gateway: { spool, peers } };
    return this.#open(new TcpTransport(options));
  }

  /** A process that only listens, on a port that gateways may know before it is there. */
  async listener(port = 0, token?: string): Promise<TcpTransport> {
    const listen = { host: HOST, port };
    return this.#open(
      new TcpTransport({ lanes: LANES, bytesMax: SPOOL.bytesMax, limits: LIMITS, security: { token }, listen }),
    );
  }

  async consume(
    consumer: string,
    transport: TcpTransport,
    settle: Settle = () => undefined,
    options: Partial<ConsumeOptions> = {},
  ): Promise<Consumer> {
    return transport.consume({ ...OPTIONS, ...options }, async (batch) => {
      const ids = batch.deliveries.map((one) => (one.kind === 'decoded' ? one.envelope.id : one.reason));
      const handOver = { consumer, batch, ids };
      this.handOvers.push(handOver);
      await settle(handOver);
      this.settled.push(...ids);
    });
  }

  async proxyTo(transport: TcpTransport): Promise<TcpProxy> {
    const proxy = await TcpProxy.to(HOST, transport.port ?? 0);
    this.#closing.push(() => proxy.close());
    return proxy;
  }

  async freeAddresses(count: number): Promise<HostPort[]> {
    const ports = new Set<number>();
    while (ports.size < count) ports.add(await freePort());
    return [...ports].map((port) => ({ host: HOST, port }));
  }

  handedOver(lane: number, consumer?: string): string[] {
    const wanted = this.handOvers.filter((one) => one.batch.lane === lane && (!consumer || one.consumer === consumer));
    return wanted.flatMap(({ ids }) => ids);
  }

  /** Who had each lane last. */
  owners(): Map<number, string> {
    return new Map(this.handOvers.map(({ batch, consumer }) => [batch.lane, consumer]));
  }

  /** Hints go from one to the other for a while: what either was about to send by itself, it has sent by then. */
  async passMuch(from: TcpTransport, to: TcpTransport): Promise<void> {
    let heard = 0;
    const unlisten = to.listen(() => (heard += 1));
    await until(() => (from.notify(Buffer.from('a hint')), heard > HINTS), 'links have passed on much else');
    unlisten();
  }

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
    rmSync(this.#directory, { recursive: true });
  }

  async #open(transport: TcpTransport): Promise<TcpTransport> {
    this.#closing.push(() => transport.close(0));
    await transport.open();
    return transport;
  }
}

export function addressOf(end: TcpTransport | TcpProxy): HostPort {
  return { host: HOST, port: end.port ?? 0 };
}

/** Publishes one command into every lane. */
export async function publishRound(gateway: TcpTransport, round: number, prefix = 'c'): Promise<void> {
  const ids = Array.from({ length: LANES }, (_, lane) => envelope(idOf(lane, round, prefix), lane));
  await Promise.all(ids.map((one) => gateway.publish(one, DEADLINE_MS)));
}

export function idOf(lane: number, round: number, prefix = 'c'): string {
  return `${prefix}${lane}-${round}`;
}

export function idsOfLane(lane: number, rounds: number, prefix = 'c'): string[] {
  return Array.from({ length: rounds }, (_, round) => idOf(lane, round, prefix));
}
