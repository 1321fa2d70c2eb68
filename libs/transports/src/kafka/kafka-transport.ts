import {
  HealthSignal,
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
import { Lifecycle } from '../lifecycle.js';
import { addressOf } from './address.js';
import { BacklogGauge } from './backlog.js';
import { ClassicProtocol } from './classic-protocol.js';
import { Cluster } from './cluster.js';
import { ConsumerProtocol } from './consumer-protocol.js';
import { GroupLink } from './group-link.js';
import type { GroupProtocol } from './group-protocol.js';
import { KafkaConsumer } from './kafka-consumer.js';
import { MESSAGE_BYTES_MAX } from './message.js';
import { Notices } from './notices.js';
import { Publisher } from './publisher.js';
import { securityOf } from './security.js';
import type { KafkaSettings } from './settings.js';
import { isOnOneDisk } from './topic-config.js';
import { Topology } from './topology.js';
import { Trimmer } from './trimmer.js';

/** Beyond it a mistake is likelier than a wish. */
const PREFETCH_MAX = 1_000_000;

/** A topic of a Kafka, with a partition for each lane; any number of processes publish and consume. */
export class KafkaTransport implements Transport {
  readonly name = 'kafka';
  readonly guarantees: Guarantees;
  readonly #health = new HealthSignal();
  readonly #settings: KafkaSettings;
  readonly #receipt: Receipt;
  readonly #topology: Topology;
  readonly #cluster: Cluster;
  readonly #publisher: Publisher;
  readonly #notices: Notices;
  readonly #gauge: BacklogGauge;
  readonly #trimmer: Trimmer;
  readonly #troubles = new Map<'consuming' | 'trimming', string>();
  readonly #lifecycle = new Lifecycle<KafkaConsumer>({
    open: () => this.#open(),
    close: (deadlineMs) => this.#close(deadlineMs),
  });

  constructor(settings: KafkaSettings, lanes: number) {
    this.#settings = settings;
    this.guarantees = guaranteesOf(settings);
    this.#receipt = Object.freeze({ durability: this.guarantees.durability });
    this.#topology = new Topology({ prefix: settings.KAFKA_PREFIX, lanes, replicas: settings.KAFKA_REPLICAS });
    this.#cluster = this.#clusterOf(settings);
    const { commands, notices, group } = this.#topology;
    const cluster = this.#cluster;
    const coordinator = new GroupLink(cluster, group, 'offsets');
    const laneCountMax = settings.KAFKA_LANE_COUNT_MAX;
    this.#gauge = new BacklogGauge({ cluster, topology: this.#topology, coordinator, laneCountMax });
    this.#publisher = new Publisher({
      cluster,
      topic: commands,
      lanes,
      inFlightCountMax: settings.KAFKA_IN_FLIGHT_COUNT_MAX,
      inFlightBytesMax: settings.KAFKA_IN_FLIGHT_BYTES_MAX,
      replicationMs: Math.ceil(settings.KAFKA_ANSWER_MS / 2),
      isFull: (lane) => this.#gauge.isFull(lane),
      onStored: (lane, end) => this.#gauge.sawEnd(lane, end),
    });
    this.#notices = new Notices(cluster, notices);
    this.#trimmer = new Trimmer({
      cluster,
      topology: this.#topology,
      coordinator,
      lanes: () => this.#lifecycle.consumer?.lanes ?? [],
      onFailure: (reason) => this.#trouble('trimming', reason && `Disk is not freed: ${reason}.`),
    });
    cluster.health.watch(() => this.#tellHealth());
  }

  get health(): TransportHealth {
    return this.#health;
  }

  get server(): string | undefined {
    return this.#cluster.server;
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
        new KafkaConsumer({
          cluster: this.#cluster,
          topology: this.#topology,
          protocol: this.#groupProtocol(),
          options,
          onBatch,
          nextOwnership,
          onTrouble: (reason) => this.#trouble('consuming', reason),
        }),
    );
    const stopped = new AbortController();
    void this.#trimmer.run(stopped.signal);
    void consumer.stopped.then(() => stopped.abort());
    return consumer;
  }

  notify(notice: Uint8Array): void {
    this.#notices.notify(notice);
  }

  listen(onNotice: (notice: Uint8Array) => void): () => void {
    return this.#notices.listen(onNotice);
  }

  async backlog(): Promise<Backlog> {
    return this.#gauge.read();
  }

  /** Lets the brokers delete, of the lanes of this process, what was advanced past; by itself this happens now and then. */
  trim(): Promise<void> {
    return this.#trimmer.trim();
  }

  close(deadlineMs: number): Promise<void> {
    return this.#lifecycle.close(deadlineMs);
  }

  async #open(): Promise<void> {
    await this.#cluster.start();
    // What cannot be reached now is reached when the first command goes there.
    await this.#publisher.reachLeaders().catch(() => undefined);
  }

  async #close(deadlineMs: number): Promise<void> {
    await Promise.all([this.#lifecycle.consumer?.stop(deadlineMs), this.#publisher.close(deadlineMs)]);
    await this.#notices.close();
    await this.#cluster.close();
  }

  #clusterOf(settings: KafkaSettings): Cluster {
    const topology = this.#topology;
    return new Cluster({
      addresses: settings.KAFKA_BROKERS.map(addressOf),
      linkOptions: (purpose) => ({
        security: () => securityOf(settings),
        clientId: `${settings.KAFKA_PREFIX}-${purpose}`,
        connectMs: settings.KAFKA_CONNECT_MS,
        answerMs: settings.KAFKA_ANSWER_MS,
      }),
      topics: [topology.commands, topology.notices],
      setUp: () => topology.declare(this.#cluster),
      groupProtocol: settings.KAFKA_GROUP_PROTOCOL,
      stateOf: (view, silent) => topology.stateOf(view, silent),
      onLook: () => this.#meet(),
      random: Math.random,
    });
  }

  #groupProtocol(): GroupProtocol {
    const { commands, group, lanes } = this.#topology;
    const { KAFKA_GROUP_PROTOCOL, KAFKA_SESSION_MS: sessionMs, KAFKA_ANSWER_MS: answerMs } = this.#settings;
    if (KAFKA_GROUP_PROTOCOL === 'classic') {
      return new ClassicProtocol({ group, topic: commands, lanes, sessionMs, answerMs });
    }
    return new ConsumerProtocol(group, commands, () => this.#cluster.view.topics.get(commands)?.id);
  }

  #meet(): void {
    const { state } = this.#cluster.health;
    this.#publisher.meet(this.#cluster.isUp, state.status === 'blocked' ? state.reason : undefined);
  }

  #trouble(what: 'consuming' | 'trimming', reason: string | undefined): void {
    if (reason === undefined) this.#troubles.delete(what);
    else this.#troubles.set(what, reason);
    this.#tellHealth();
  }

  /** What ails the consuming keeps nothing from being published, and is told all the same. */
  #tellHealth(): void {
    const { state } = this.#cluster.health;
    const troubles = [...this.#troubles.values()];
    if (state.status !== 'up' || troubles.length === 0) this.#health.set(state);
    else
      this.#health.set({
        status: 'up',
        reason: [...(state.reason === undefined ? [] : [state.reason]), ...troubles].join(' '),
      });
    this.#meet();
  }
}

function guaranteesOf({ KAFKA_REPLICAS: replicas = 1 }: KafkaSettings): Guarantees {
  return Object.freeze({
    durability: isOnOneDisk(replicas) ? 'disk' : 'replicated',
    ordering: 'global',
    messageBytesMax: MESSAGE_BYTES_MAX,
    publishers: 'many',
    consumers: 'many',
  });
}
