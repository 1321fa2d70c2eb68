import { randomUUID } from 'node:crypto';
import type { ChannelModel } from 'amqplib';
import {
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
import { BacklogGauge } from './backlog.js';
import { assertCarriable, assertPrefetch } from '../call-checks.js';
import { ConnectionPair } from '../connection-pair.js';
import { Lifecycle } from '../lifecycle.js';
import { Signals } from '../signals.js';
import { RabbitmqBroadcasts } from './broadcasts.js';
import { endpointsOf, type RabbitmqLine } from './endpoint.js';
import { MESSAGE_BYTES_MAX } from './message.js';
import { Publisher } from './publisher.js';
import { RabbitmqConsumer } from './rabbitmq-consumer.js';
import type { RabbitmqSettings } from './settings.js';
import { Topology } from './topology.js';

/** A majority of fewer is all of them, so that one that dies would stop the queue. */
const REPLICAS_MIN = 3;
/** What AMQP's field for it holds. */
const PREFETCH_MAX = 65_535;

/** Quorum queues of a RabbitMQ, one for each lane; any number of processes publish and consume. */
export class RabbitmqTransport implements Transport {
  readonly name = 'rabbitmq';
  readonly guarantees: Guarantees;
  readonly health: TransportHealth;
  readonly #receipt: Receipt;
  readonly #topology: Topology;
  readonly #connections: ConnectionPair<RabbitmqLine>;
  readonly #publisher: Publisher;
  readonly #broadcasts: RabbitmqBroadcasts;
  readonly #signals: Signals<ChannelModel>;
  readonly #gauge: BacklogGauge;
  readonly #lifecycle = new Lifecycle<RabbitmqConsumer>({
    open: () => this.#connections.open(),
    close: (deadlineMs) => this.#close(deadlineMs),
  });

  constructor(settings: RabbitmqSettings, lanes: number) {
    this.guarantees = guaranteesOf(settings);
    this.#receipt = Object.freeze({ durability: this.guarantees.durability });
    this.#topology = topologyOf(settings, lanes);
    this.#gauge = new BacklogGauge(this.#topology, {
      countMax: settings.RABBITMQ_LANE_COUNT_MAX * lanes,
      bytesMax: settings.RABBITMQ_LANE_BYTES_MAX * lanes,
    });
    this.#connections = new ConnectionPair({
      endpoints: endpointsOf(settings),
      setUpPublishing: ({ model }) => this.#setUpPublishing(model),
      setUpConsuming: ({ model }) => this.#signals.attachInboxes(model),
      onConsumingUp: ({ model }) => this.#consumingUp(model),
      onConsumingDown: () => this.#consumingDown(),
      random: Math.random,
    });
    this.health = this.#connections.health;
    const { publishing, consuming } = this.#connections;
    this.#publisher = new Publisher({
      exchange: this.#topology.commands,
      inFlightCountMax: settings.RABBITMQ_IN_FLIGHT_COUNT_MAX,
      inFlightBytesMax: settings.RABBITMQ_IN_FLIGHT_BYTES_MAX,
      onBroken: (reason) => publishing.renew(reason),
    });
    const renewConsuming = (reason: string): void => consuming.renew(reason);
    this.#broadcasts = new RabbitmqBroadcasts(this.#topology, renewConsuming);
    this.#signals = new Signals({
      broadcasts: this.#broadcasts,
      instance: randomUUID(),
      lanes,
      inHand: () => this.#lifecycle.consumer?.inHand,
      onOwned: (owned) => this.#lifecycle.consumer?.own(owned),
      onBroken: renewConsuming,
    });
    publishing.health.watch((state) => {
      this.#publisher.block(state.status === 'blocked' ? state.reason : undefined);
      this.#broadcasts.block(state.status === 'blocked');
    });
  }

  get server(): string | undefined {
    const properties = this.#connections.publishing.line?.model.connection.serverProperties;
    return properties && `${properties.product} ${properties.version}`;
  }

  open(): Promise<void> {
    return this.#lifecycle.open();
  }

  async publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    assertCarriable(envelope, MESSAGE_BYTES_MAX);
    await this.#publisher.publish(envelope, deadlineMs);
    this.#gauge.sawBody(envelope.body.byteLength);
    return this.#receipt;
  }

  async consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    assertPrefetch(options, PREFETCH_MAX);
    const consumer = this.#lifecycle.begin(
      (nextOwnership) =>
        new RabbitmqConsumer({
          topology: this.#topology,
          options,
          onBatch,
          nextOwnership,
          random: Math.random,
          onTakes: (takes) => this.#signals.take(takes),
        }),
    );
    consumer.start(this.#connections.consuming.line?.model);
    return consumer;
  }

  notify(notice: Uint8Array): void {
    this.#signals.notify(notice);
  }

  listen(onNotice: (notice: Uint8Array) => void): () => void {
    return this.#signals.listen(onNotice);
  }

  async backlog(): Promise<Backlog> {
    const own = this.#lifecycle.consumer?.inHand;
    const inHand = own ? [own, ...this.#signals.inHandOfOthers] : this.#signals.inHandOfOthers;
    return this.#gauge.read(this.#connections.consuming.line?.model, inHand);
  }

  close(deadlineMs: number): Promise<void> {
    return this.#lifecycle.close(deadlineMs);
  }

  async #close(deadlineMs: number): Promise<void> {
    const deadlineAtMs = performance.now() + deadlineMs;
    const leftMs = () => Math.max(0, deadlineAtMs - performance.now());
    await Promise.all([this.#lifecycle.consumer?.stop(deadlineMs), this.#publisher.close(deadlineMs)]);
    this.#signals.close();
    await this.#broadcasts.close();
    await this.#connections.close(leftMs());
  }

  async #setUpPublishing(model: ChannelModel): Promise<void> {
    await this.#topology.declare(model);
    await this.#publisher.attach(model);
    await this.#broadcasts.attach(model);
    this.#signals.announce();
  }

  #consumingUp(model: ChannelModel): void {
    this.#lifecycle.consumer?.attach(model);
    this.#signals.reach(model);
  }

  #consumingDown(): void {
    this.#lifecycle.consumer?.attach(undefined);
    this.#signals.reach(undefined);
  }
}

function guaranteesOf({ RABBITMQ_REPLICAS: replicas }: RabbitmqSettings): Guarantees {
  return Object.freeze({
    durability: replicas !== undefined && replicas >= REPLICAS_MIN ? 'replicated' : 'disk',
    ordering: 'global',
    messageBytesMax: MESSAGE_BYTES_MAX,
    publishers: 'many',
    consumers: 'many',
  });
}

function topologyOf(settings: RabbitmqSettings, lanes: number): Topology {
  return new Topology({
    prefix: settings.RABBITMQ_PREFIX,
    lanes,
    laneCountMax: settings.RABBITMQ_LANE_COUNT_MAX,
    laneBytesMax: settings.RABBITMQ_LANE_BYTES_MAX,
    replicas: settings.RABBITMQ_REPLICAS,
  });
}
