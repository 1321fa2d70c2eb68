import { randomUUID } from 'node:crypto';
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
import { assertCarriable, assertPrefetch } from '../call-checks.js';
import { ConnectionPair } from '../connection-pair.js';
import { Lifecycle } from '../lifecycle.js';
import { Signals } from '../signals.js';
import { ActivemqConsumer } from './activemq-consumer.js';
import { Artemis } from './artemis.js';
import { BacklogGauge } from './backlog.js';
import { ActivemqBroadcasts } from './broadcasts.js';
import { kindOf, serverOf } from './broker-kind.js';
import { makeInbox } from './classic.js';
import { verifyExclusive, verifyOrderGivenBack } from './classic-probes.js';
import { endpointsOf } from './endpoint.js';
import { verifyLaneCount } from './lane-count-mark.js';
import { MESSAGE_BYTES_MAX } from './message.js';
import { Publisher } from './publisher.js';
import type { ActivemqSettings } from './settings.js';
import { Topology } from './topology.js';
import type { Wire } from './wire.js';

/** Far more than any process has room for. */
const PREFETCH_MAX = 65_535;
/** What the broker has for each step of making what is missing. */
const DECLARE_MS_MAX = 20_000;

/** Both brokers write a message to their journal, and that to the disk, before they accept it. */
const GUARANTEES: Guarantees = Object.freeze({
  durability: 'disk',
  ordering: 'global',
  messageBytesMax: MESSAGE_BYTES_MAX,
  publishers: 'many',
  consumers: 'many',
});

/** Queues of an ActiveMQ, Artemis or Classic, one for each lane, over AMQP 1.0; any number of processes publish and consume. */
export class ActivemqTransport implements Transport {
  readonly name = 'activemq';
  readonly guarantees = GUARANTEES;
  readonly health: TransportHealth;
  readonly #settings: ActivemqSettings;
  readonly #receipt: Receipt = Object.freeze({ durability: GUARANTEES.durability });
  readonly #topology: Topology;
  readonly #connections: ConnectionPair<Wire>;
  readonly #publisher: Publisher;
  readonly #broadcasts: ActivemqBroadcasts;
  readonly #signals: Signals<Wire>;
  readonly #gauge: BacklogGauge;
  /** Resolves when everything stood at the broker once. */
  readonly #declared = Promise.withResolvers<void>();
  readonly #lifecycle = new Lifecycle<ActivemqConsumer>({
    open: () => this.#connections.open(),
    close: (deadlineMs) => this.#close(deadlineMs),
  });

  constructor(settings: ActivemqSettings, lanes: number) {
    this.#settings = settings;
    this.#topology = new Topology(settings.ACTIVEMQ_PREFIX, lanes);
    this.#gauge = new BacklogGauge(this.#topology, {
      countMax: settings.ACTIVEMQ_LANE_COUNT_MAX * lanes,
      bytesMax: settings.ACTIVEMQ_LANE_BYTES_MAX * lanes,
    });
    this.#connections = new ConnectionPair({
      endpoints: endpointsOf(settings),
      setUpPublishing: (wire) => this.#setUpPublishing(wire),
      setUpConsuming: (wire) => this.#setUpConsuming(wire),
      onConsumingUp: (wire) => this.#consumingUp(wire),
      onConsumingDown: () => this.#consumingDown(),
      random: Math.random,
    });
    this.health = this.#connections.health;
    const { publishing, consuming } = this.#connections;
    this.#publisher = new Publisher({
      topology: this.#topology,
      inFlightCountMax: settings.ACTIVEMQ_IN_FLIGHT_COUNT_MAX,
      inFlightBytesMax: settings.ACTIVEMQ_IN_FLIGHT_BYTES_MAX,
      onBroken: (reason) => publishing.renew(reason),
      onBlocked: (blocked) => this.#broadcasts.block(blocked),
    });
    const renewConsuming = (reason: string): void => consuming.renew(reason);
    this.#broadcasts = new ActivemqBroadcasts(this.#topology, renewConsuming);
    this.#signals = new Signals({
      broadcasts: this.#broadcasts,
      instance: randomUUID(),
      lanes,
      inHand: () => this.#lifecycle.consumer?.inHand,
      onOwned: (owned) => this.#lifecycle.consumer?.own(owned),
      onBroken: renewConsuming,
    });
  }

  get server(): string | undefined {
    const { line } = this.#connections.publishing;
    return line && serverOf(line.product);
  }

  open(): Promise<void> {
    return this.#lifecycle.open();
  }

  async publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    assertCarriable(envelope, MESSAGE_BYTES_MAX);
    await this.#publisher.publish(envelope, deadlineMs);
    return this.#receipt;
  }

  async consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    assertPrefetch(options, PREFETCH_MAX);
    const consumer = this.#lifecycle.begin(
      (nextOwnership) =>
        new ActivemqConsumer({
          topology: this.#topology,
          options,
          onBatch,
          nextOwnership,
          random: Math.random,
          onTakes: (takes) => this.#signals.take(takes),
        }),
    );
    consumer.start(this.#connections.consuming.line);
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
    return this.#gauge.read(own ? [own, ...this.#signals.inHandOfOthers] : this.#signals.inHandOfOthers);
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

  async #setUpPublishing(wire: Wire): Promise<void> {
    if (kindOf(wire.product) === 'Artemis') {
      const artemis = await Artemis.at(wire, this.#topology, DECLARE_MS_MAX);
      const { ACTIVEMQ_LANE_COUNT_MAX: countMax, ACTIVEMQ_LANE_BYTES_MAX: bytesMax } = this.#settings;
      await artemis.declare({ countMax, bytesMax });
      artemis.close();
    } else {
      await makeInbox(wire, this.#topology);
    }
    await verifyLaneCount(wire, this.#topology);
    await this.#publisher.attach(wire);
    await this.#broadcasts.attach(wire);
    this.#signals.announce();
    this.#declared.resolve();
  }

  async #setUpConsuming(wire: Wire): Promise<void> {
    // What is consumed is made by whoever publishes.
    await wire.unlessLost(this.#declared.promise);
    if (kindOf(wire.product) === 'Classic') {
      await verifyExclusive(wire);
      await verifyOrderGivenBack(wire, this.#topology);
    }
    this.#gauge.attach(wire);
    await this.#signals.attachInboxes(wire);
  }

  #consumingUp(wire: Wire): void {
    this.#lifecycle.consumer?.attach(wire);
    this.#signals.reach(wire);
  }

  #consumingDown(): void {
    this.#gauge.attach(undefined);
    this.#lifecycle.consumer?.attach(undefined);
    this.#signals.reach(undefined);
  }
}
