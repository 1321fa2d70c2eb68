import { randomUUID } from 'node:crypto';
import { PermissionViolationError } from '@nats-io/transport-node';
import {
  TransportError,
  type Backlog,
  type ConsumeOptions,
  type Consumer,
  type Envelope,
  type Guarantees,
  type OnBatch,
  type Receipt,
  type Transport,
  type TransportHealth,
} from '#messaging';
import { assertCarriable, assertPrefetch } from '../call-checks.js';
import { ConnectionPair } from '../connection-pair.js';
import { LanesConsumer } from '../lanes-consumer.js';
import { Lifecycle } from '../lifecycle.js';
import { Signals } from '../signals.js';
import { SupervisedConnection } from '../supervised-connection.js';
import { BacklogGauge } from './backlog.js';
import { NatsBroadcasts } from './broadcasts.js';
import { endpointsOf, type NatsLine } from './endpoint.js';
import { LaneSession } from './lane-session.js';
import { Publisher } from './publisher.js';
import { refusalOf } from './refusal.js';
import { assertServer } from './server.js';
import type { NatsSettings } from './settings.js';
import { StreamWatch } from './stream-watch.js';
import { Topology } from './topology.js';

/** A majority of fewer is all of them, so that one that dies would stop the queue. */
const REPLICAS_MIN = 3;

/** Streams of a NATS JetStream, one for each lane; any number of processes publish and consume. */
export class NatsTransport implements Transport {
  readonly name = 'nats';
  readonly guarantees: Guarantees;
  readonly health: TransportHealth;
  readonly #instance = randomUUID();
  readonly #receipt: Receipt;
  readonly #topology: Topology;
  readonly #connections: ConnectionPair<NatsLine>;
  /** Of its own, since a server that is busy with what was read or settled reads nothing else of that connection meanwhile. */
  readonly #leases: SupervisedConnection<NatsLine>;
  readonly #publisher: Publisher;
  readonly #broadcasts: NatsBroadcasts;
  readonly #signals: Signals<NatsLine>;
  readonly #watch: StreamWatch;
  readonly #gauge: BacklogGauge;
  readonly #troubles = new Map<'publishing' | 'streams' | 'quorum', string>();
  readonly #lifecycle = new Lifecycle<LanesConsumer<NatsLine, LaneSession>>({
    open: () => this.#connections.open(),
    close: (deadlineMs) => this.#close(deadlineMs),
  });

  constructor(settings: NatsSettings, lanes: number) {
    this.guarantees = guaranteesOf(settings);
    this.#receipt = Object.freeze({ durability: this.guarantees.durability });
    this.#topology = topologyOf(settings, lanes);
    this.#gauge = new BacklogGauge(this.#topology, {
      countMax: settings.NATS_LANE_COUNT_MAX * lanes,
      bytesMax: settings.NATS_LANE_BYTES_MAX * lanes,
    });
    const endpoints = endpointsOf(settings);
    this.#leases = new SupervisedConnection({
      purpose: 'holding lanes',
      endpoints,
      setUp: async () => undefined,
      random: Math.random,
    });
    this.#connections = new ConnectionPair({
      endpoints,
      beside: [this.#leases],
      setUpPublishing: (line) => this.#setUpPublishing(line),
      setUpConsuming: (line) => this.#signals.attachInboxes(line),
      onConsumingUp: (line) => this.#consumingUp(line),
      onConsumingDown: () => this.#consumingDown(),
      random: Math.random,
    });
    this.health = this.#connections.health;
    this.#publisher = new Publisher({
      topology: this.#topology,
      inFlightCountMax: settings.NATS_IN_FLIGHT_COUNT_MAX,
      inFlightBytesMax: settings.NATS_IN_FLIGHT_BYTES_MAX,
      onTrouble: (reason) => this.#trouble('publishing', reason),
    });
    this.#broadcasts = new NatsBroadcasts(this.#topology);
    // Whatever is in hand is still at the servers, which count it.
    this.#signals = new Signals({
      broadcasts: this.#broadcasts,
      instance: this.#instance,
      lanes,
      onOwned: (owned) => this.#lifecycle.consumer?.own(owned),
      onBroken: (reason) => this.#connections.consuming.renew(reason),
    });
    this.#watch = new StreamWatch({
      topology: this.#topology,
      onChanged: () => void this.#declareAgain(),
      onQuorum: (reason) => this.#trouble('quorum', reason),
    });
  }

  get server(): string | undefined {
    const info = this.#connections.publishing.line?.connection.info;
    return info && `NATS ${info.version}`;
  }

  open(): Promise<void> {
    return this.#lifecycle.open();
  }

  async publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    assertCarriable(envelope, this.guarantees.messageBytesMax, 'NATS_MESSAGE_BYTES_MAX');
    await this.#publisher.publish(envelope, deadlineMs);
    return this.#receipt;
  }

  async consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    assertPrefetch(options);
    const parts = {
      topology: this.#topology,
      holder: this.#instance,
      bodyBytesMax: this.guarantees.messageBytesMax,
      options,
      onBatch,
    };
    const consumer = this.#lifecycle.begin(
      (nextOwnership) =>
        new LanesConsumer({
          lanes: this.#topology.lanes,
          open: async (line: NatsLine, lane) =>
            new LaneSession({ ...parts, nextOwnership, line, leaseLine: this.#leaseLine(), lane }),
          random: Math.random,
          onTakes: (takes) => this.#signals.take(takes),
        }),
    );
    consumer.start(this.#connections.consuming.line);
    return consumer;
  }

  #leaseLine(): NatsLine {
    const { line } = this.#leases;
    if (!line) throw new TransportError('There is no connection to hold lanes by yet.');
    return line;
  }

  notify(notice: Uint8Array): void {
    this.#signals.notify(notice);
  }

  listen(onNotice: (notice: Uint8Array) => void): () => void {
    return this.#signals.listen(onNotice);
  }

  async backlog(): Promise<Backlog> {
    return this.#gauge.read(this.#connections.consuming.line?.connection);
  }

  close(deadlineMs: number): Promise<void> {
    return this.#lifecycle.close(deadlineMs);
  }

  async #close(deadlineMs: number): Promise<void> {
    const deadlineAtMs = performance.now() + deadlineMs;
    const leftMs = () => Math.max(0, deadlineAtMs - performance.now());
    await Promise.all([this.#lifecycle.consumer?.stop(deadlineMs), this.#publisher.close(deadlineMs)]);
    this.#signals.close();
    await this.#connections.close(leftMs());
  }

  async #setUpPublishing(line: NatsLine): Promise<void> {
    const { connection } = line;
    assertServer(connection, line.name, this.guarantees.messageBytesMax);
    await this.#topology.declare(connection);
    this.#troubles.clear();
    line.watchLost(() => this.#publishingDown());
    void this.#watchRefusals(line);
    this.#watch.attach(connection);
    this.#publisher.attach(line);
    this.#broadcasts.attach(line);
    this.#signals.announce();
  }

  #publishingDown(): void {
    this.#publisher.lost('The connection was lost before the broker confirmed.');
    this.#broadcasts.attach(undefined);
  }

  #consumingUp(line: NatsLine): void {
    this.#lifecycle.consumer?.attach(line);
    this.#signals.reach(line);
  }

  #consumingDown(): void {
    this.#lifecycle.consumer?.attach(undefined);
    this.#signals.reach(undefined);
  }

  /** A right that the user lacks shows only when it is used, and then in no answer. */
  async #watchRefusals({ connection, name }: NatsLine): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type !== 'error' || !(status.error instanceof PermissionViolationError)) continue;
      const { operation, subject } = status.error;
      const refusal = refusalOf(status.error, name);
      if (operation === 'publish' && refusal) this.#publisher.forbidden(subject, refusal.message);
    }
  }

  async #declareAgain(): Promise<void> {
    const connection = this.#connections.publishing.line?.connection;
    if (!connection) return;
    try {
      await this.#topology.declare(connection);
      this.#trouble('streams', undefined);
    } catch (error) {
      this.#trouble('streams', (error as Error).message);
    }
  }

  #trouble(kind: 'publishing' | 'streams' | 'quorum', reason: string | undefined): void {
    if (reason === undefined) this.#troubles.delete(kind);
    else this.#troubles.set(kind, reason);
    const [first] = this.#troubles.values();
    const status = this.#troubles.has('publishing') ? 'blocked' : 'up';
    this.#connections.publishing.line?.tell(first === undefined ? { status: 'up' } : { status, reason: first });
  }
}

const ALWAYS_SYNC = 'configure its servers with jetstream { sync_interval: always } and set NATS_SYNC to always';
const MORE_REPLICAS = `set NATS_REPLICAS to ${REPLICAS_MIN}`;

function guaranteesOf({ NATS_REPLICAS, NATS_SYNC, NATS_MESSAGE_BYTES_MAX }: NatsSettings): Guarantees {
  const isReplicated = NATS_REPLICAS >= REPLICAS_MIN;
  const onDisk = NATS_SYNC === 'always';
  return Object.freeze({
    durability: isReplicated ? 'replicated' : onDisk ? 'disk' : 'memory',
    ...(!isReplicated && { moreDurable: onDisk ? MORE_REPLICAS : `${ALWAYS_SYNC}, or ${MORE_REPLICAS}` }),
    ordering: 'global',
    messageBytesMax: NATS_MESSAGE_BYTES_MAX,
    publishers: 'many',
    consumers: 'many',
  });
}

function topologyOf(settings: NatsSettings, lanes: number): Topology {
  return new Topology({
    prefix: settings.NATS_PREFIX,
    lanes,
    laneCountMax: settings.NATS_LANE_COUNT_MAX,
    laneBytesMax: settings.NATS_LANE_BYTES_MAX,
    replicas: settings.NATS_REPLICAS,
  });
}
