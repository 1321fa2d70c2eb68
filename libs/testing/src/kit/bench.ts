import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { ConsumeOptions, Envelope, Transport } from '#messaging';
import type { Random } from '../random.js';
import { within } from '../until.js';
import { Collector, type Settle } from './collector.js';
import { EnvelopeMaker } from './envelopes.js';
import { LocalPeer, type Peer } from './peer.js';
import { ProcessPeer } from './process-peer.js';
import type { Faults, Mend, Queue, Subject } from './subject.js';

/** Four, so that there are more lanes than the consumers of any case. */
export const LANES = 4;

const CLOSE_MS = 1_000;
const QUIET_TRIPS = 25;
export const PUBLISH_MS = 30_000;

/** Batches are full wherever enough waits, however slowly the transport brings it. */
export const FULL_BATCHES = { batchWaitMs: 5_000 };

export const OPTIONS: ConsumeOptions = { batchMax: 10, batchBytesMax: 1024 * 1024, batchWaitMs: 2, prefetch: 20 };

/** What a case works with: a fresh queue, and everything opened on it, which is closed in the end. */
export class Bench {
  readonly subject: Subject;
  readonly queue: Queue;
  readonly random: Random;
  readonly make: EnvelopeMaker;
  /** How long to wait for what must come. */
  readonly patienceMs: number;
  readonly #directory: string;
  readonly #queues: Queue[] = [];
  readonly #transports: Transport[] = [];
  readonly #peers: Peer[] = [];
  readonly #mends: Mend[] = [];

  constructor(subject: Subject, directory: string, name: string, random: Random, patienceMs: number) {
    this.patienceMs = patienceMs;
    this.subject = subject;
    this.#directory = directory;
    this.random = random;
    this.make = new EnvelopeMaker(random, LANES);
    this.queue = this.newQueue(name);
  }

  newQueue(name: string, countMax?: number): Queue {
    const unique = `${name}-${randomUUID().slice(0, 8)}`;
    const queue = {
      name: unique,
      lanes: LANES,
      directory: join(this.#directory, unique),
      ...(countMax && { countMax }),
    };
    this.#queues.push(queue);
    return queue;
  }

  /** A transport that is not open yet. */
  async create(queue: Queue = this.queue): Promise<Transport> {
    await mkdir(queue.directory, { recursive: true });
    const transport = this.subject.create(queue);
    this.#transports.push(transport);
    return transport;
  }

  /** One more process on the queue. */
  async open(queue: Queue = this.queue): Promise<Transport> {
    const transport = await this.create(queue);
    await within(transport.open(), `${this.subject.name} opens`, 30_000);
    return transport;
  }

  /** The transport ends in good order, and another one is opened in its place. */
  async reopen(transport: Transport): Promise<Transport> {
    await transport.close(CLOSE_MS);
    return this.open();
  }

  /** Publishes in order within each lane, lanes side by side, and waits for all. */
  async publish(transport: Transport, envelopes: readonly Envelope[]): Promise<void> {
    const lanes = Map.groupBy(envelopes, ({ lane }) => lane);
    await Promise.all(
      [...lanes.values()].map(async (inLane) => {
        for (const envelope of inLane) await transport.publish(envelope, PUBLISH_MS);
      }),
    );
  }

  /** Consumes into a new collector; without `settle` every batch resolves at once. */
  async consume(
    transport: Transport,
    settle: Settle = () => undefined,
    options: Partial<ConsumeOptions> = {},
  ): Promise<Collector> {
    const collector = new Collector(settle, this.patienceMs);
    collector.consumer = await transport.consume({ ...OPTIONS, ...options }, collector.onBatch);
    return collector;
  }

  /** Consumes and keeps nothing but the ids, for cases that look at memory. */
  async consumeIds(transport: Transport, options: Partial<ConsumeOptions> = {}): Promise<string[]> {
    const ids: string[] = [];
    await transport.consume({ ...OPTIONS, ...options }, async ({ deliveries }) => {
      for (const delivery of deliveries) ids.push(delivery.kind === 'decoded' ? delivery.envelope.id : 'undecoded');
    });
    return ids;
  }

  /** A process on the queue that can be killed. */
  async peer(): Promise<Peer> {
    await mkdir(this.queue.directory, { recursive: true });
    const { processModule } = this.subject;
    const peer = processModule
      ? await ProcessPeer.start(processModule, this.queue)
      : new LocalPeer(await this.open(), (transport) => this.fault('kill')(transport));
    this.#peers.push(peer);
    return peer;
  }

  /** The subject's fault of that name. What has to be mended is mended after the case at the latest. */
  fault<Name extends keyof Faults>(name: Name): NonNullable<Faults[Name]> {
    const fault = this.subject.faults?.[name];
    if (!fault) throw new Error(`The case uses the fault '${name}' without declaring that it needs it.`);
    const remembered = async (...args: unknown[]) => {
      const mend = await (fault as (...args: unknown[]) => Promise<Mend | undefined>)(...args);
      if (!mend) return undefined;
      const once = () => ((pending ??= mend()), pending);
      let pending: Promise<void> | undefined;
      this.#mends.push(once);
      return once;
    };
    return remembered as unknown as NonNullable<Faults[Name]>;
  }

  /** Some round trips to the transport: what it was about to do by itself, it has done by then. */
  async quiet(transport?: Transport): Promise<void> {
    for (let trip = 0; trip < QUIET_TRIPS; trip++) {
      await transport?.backlog();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async close(): Promise<void> {
    for (const mend of this.#mends) await mend();
    for (const peer of this.#peers) await peer.kill();
    const closing = this.#transports.map((transport) => transport.close(CLOSE_MS));
    await within(Promise.all(closing), 'every transport of the case is closed', CLOSE_MS + this.patienceMs);
    for (const queue of this.#queues) await this.subject.remove?.(queue);
  }
}
