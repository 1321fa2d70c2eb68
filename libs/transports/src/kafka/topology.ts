import { TransportError, type HealthState } from '#messaging';
import { pause } from '../pause.js';
import type { Cluster } from './cluster.js';
import type { ClusterView, TopicView } from './cluster-view.js';
import { createTopics, describeConfigs, ErrorCode, errorName, NO_LEADER, TOPIC_RESOURCE } from './protocol.js';
import { commandsConfig, faultOf, inSyncNeeded, noticesConfig, type TopicConfig } from './topic-config.js';

const ANSWER_MS = 30_000;
/** How long a topic that was just made may take to be led everywhere. */
const MADE_MS_MAX = 20_000;
const LOOK_MS = 50;

export interface TopologyOptions {
  readonly prefix: string;
  readonly lanes: number;
  readonly replicas: number | undefined;
}

/** What one queue of the product is made of in the cluster, and what its parts are called. */
export class Topology {
  /** A partition for each lane. */
  readonly commands: string;
  /** One partition: outcomes, for gateways. */
  readonly notices: string;
  /** The consumer group of the persistence processes; what it has committed is what was advanced past. */
  readonly group: string;
  readonly lanes: number;
  readonly #options: TopologyOptions;
  #notes: string[] = [];

  constructor(options: TopologyOptions) {
    this.#options = options;
    this.lanes = options.lanes;
    this.commands = `${options.prefix}.commands`;
    this.notices = `${options.prefix}.notices`;
    this.group = `${options.prefix}.persistence`;
  }

  /** Makes what is not there. Rejects with a `TransportError` where what is there does not keep what is promised. */
  async declare(cluster: Cluster): Promise<void> {
    this.#notes = [];
    await this.#make(cluster, this.commands, this.lanes, commandsConfig(this.#options.replicas));
    await this.#make(cluster, this.notices, 1, noticesConfig());
    this.#checkShape(cluster.view);
    await this.#checkConfig(cluster);
  }

  /** How well the cluster can keep and give commands now. */
  stateOf(view: ClusterView, silent: ReadonlyMap<number, string>): HealthState {
    const topic = view.topics.get(this.commands);
    if (!topic) {
      const code = view.topicErrors.get(this.commands) ?? ErrorCode.unknownTopic;
      const text = `The topic ${this.commands} cannot be used (${errorName(code)}). Restart a process: it makes one that is missing.`;
      return { status: 'down', reason: text };
    }
    const led = topic.partitions.filter(({ leader }) => leader !== NO_LEADER && view.brokers.has(leader));
    if (led.length < this.lanes) {
      const text = `${this.lanes - led.length} of ${this.lanes} partitions of ${this.commands} have no leader: brokers are away.`;
      return { status: 'down', reason: text };
    }
    const unheard = topic.partitions.filter(({ leader }) => silent.has(leader));
    if (unheard.length > 0) {
      const reasons = [...new Set(unheard.map(({ leader }) => silent.get(leader)))].join('; ');
      const text = `${unheard.length} of ${this.lanes} partitions of ${this.commands} are led by brokers that do not answer (${reasons}): brokers are away.`;
      return { status: 'down', reason: text };
    }
    const { replicas = 1 } = this.#options;
    const needed = inSyncNeeded(replicas);
    const short = topic.partitions.filter(({ inSync }) => inSync.length < needed).length;
    if (short > 0) {
      const text = `${short} partitions of ${this.commands} have fewer than ${needed} replicas in sync and take nothing in: brokers are away or slow.`;
      return { status: 'blocked', reason: text };
    }
    return this.#notes.length === 0 ? { status: 'up' } : { status: 'up', reason: this.#notes.join(' ') };
  }

  async #make(cluster: Cluster, name: string, partitions: number, config: TopicConfig): Promise<void> {
    if (cluster.view.topics.has(name)) return;
    const replicas = this.#replicasIn(cluster.view);
    const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }));
    const topic = { name, numPartitions: partitions, replicationFactor: replicas, assignments: [], configs };
    const { topics } = await cluster.any().ask(createTopics, [[topic], ANSWER_MS, false], 2 * ANSWER_MS);
    const { errorCode, errorMessage } = topics[0]!;
    if (errorCode !== ErrorCode.none && errorCode !== ErrorCode.topicExists) {
      throw notMade(name, replicas, errorCode, errorMessage ?? '');
    }
    await this.#untilLed(cluster, name);
  }

  async #untilLed(cluster: Cluster, name: string): Promise<void> {
    const endsAtMs = performance.now() + MADE_MS_MAX;
    const isLed = (topic: TopicView | undefined) => topic?.partitions.every(({ leader }) => leader !== NO_LEADER);
    while (!isLed((await cluster.look()).topics.get(name))) {
      if (performance.now() > endsAtMs) throw new Error(`the topic ${name} was made, and has no leaders yet`);
      await pause(LOOK_MS, cluster.closing);
    }
  }

  /** One copy where nothing was said and there is only one broker to have it. */
  #replicasIn(view: ClusterView): number {
    const { replicas } = this.#options;
    if (replicas !== undefined) return replicas;
    if (view.brokers.size <= 1) return 1;
    const text = `The cluster has ${view.brokers.size} brokers, and nothing says how many of them keep each command. Set KAFKA_REPLICAS to 3, or to 1 where one copy is enough.`;
    throw new TransportError(text, { setting: 'KAFKA_REPLICAS' });
  }

  #checkShape(view: ClusterView): void {
    const { prefix } = this.#options;
    const replicas = this.#replicasIn(view);
    const { partitions } = view.topics.get(this.commands)!;
    if (partitions.length !== this.lanes) {
      const text = `The topic ${this.commands} has ${partitions.length} partitions, and LANES is ${this.lanes}: each lane is a partition. Set LANES back, or KAFKA_PREFIX to a new name; a topic that somebody else made, and that is empty, may be deleted instead.`;
      throw new TransportError(text, { setting: 'LANES' });
    }
    const fewest = Math.min(...partitions.map((partition) => partition.replicas.length));
    if (fewest < replicas) {
      const text = `The topic ${this.commands} has ${fewest} replicas, and KAFKA_REPLICAS is ${replicas}. Give it more (kafka-reassign-partitions), or set KAFKA_REPLICAS to ${fewest}, or KAFKA_PREFIX to a new name instead of ${prefix}.`;
      throw new TransportError(text, { setting: 'KAFKA_REPLICAS' });
    }
    if (replicas === 1) this.#notes.push('One broker keeps the commands: what its disk loses is lost.');
  }

  async #checkConfig(cluster: Cluster): Promise<void> {
    const resource = { resourceType: TOPIC_RESOURCE, resourceName: this.commands, configurationKeys: null } as const;
    const { results } = await cluster.any().ask(describeConfigs, [[resource], false, false]);
    const { errorCode, configs } = results[0]!;
    if (errorCode !== ErrorCode.none)
      throw notAllowed(`see the settings of ${this.commands}`, 'DescribeConfigs', errorCode);
    const values = new Map(configs.map(({ name, value }) => [name, value ?? '']));
    const fault = faultOf(values, this.#options.replicas ?? 1);
    if (fault === undefined) return;
    const text = `The topic ${this.commands} has ${fault.is}, which ${fault.means}. Set it with: kafka-configs --alter --topic ${this.commands} --add-config ${fault.set}`;
    throw new TransportError(text, { setting: 'KAFKA_PREFIX' });
  }
}

function notMade(name: string, replicas: number, code: number, message: string): Error {
  if (code === ErrorCode.invalidReplicationFactor) {
    const text = `The cluster has fewer than ${replicas} brokers to keep ${name} (${message}). Set KAFKA_REPLICAS to no more than it has.`;
    return new TransportError(text, { setting: 'KAFKA_REPLICAS' });
  }
  if (code === ErrorCode.topicAuthorizationFailed || code === ErrorCode.clusterAuthorizationFailed) {
    return notAllowed(`make the topic ${name}`, 'Create', code);
  }
  const text = `The cluster does not make the topic ${name}: ${errorName(code)}${message ? `, ${message}` : ''}. Make it yourself, as docs/transports.md shows, or set KAFKA_PREFIX to a name for which it is there.`;
  // What passes by itself is tried again.
  return PERMANENT.has(code) ? new TransportError(text, { setting: 'KAFKA_PREFIX' }) : new Error(text);
}

function notAllowed(what: string, operation: string, code: number): TransportError {
  const text = `The cluster does not let this user ${what} (${errorName(code)}). Give it the right (${operation}), or set another user in KAFKA_SASL_USERNAME.`;
  return new TransportError(text, { setting: 'KAFKA_SASL_USERNAME' });
}

/** INVALID_TOPIC_EXCEPTION, INVALID_PARTITIONS, INVALID_CONFIG, INVALID_REQUEST, POLICY_VIOLATION. */
const PERMANENT: ReadonlySet<number> = new Set([17, 37, 40, 42, 44]);
