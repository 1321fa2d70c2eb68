import {
  consumerGroupDescribeV0 as consumerGroupDescribe,
  deleteTopicsV6 as deleteTopics,
  describeGroupsV5 as describeGroups,
} from '@platformatic/kafka';
import type { Transport } from '#messaging';
import {
  ACCOUNT,
  BrokerWays,
  freePort,
  KafkaServer,
  serverFaults,
  TcpProxy,
  until,
  type Faults,
  type Mend,
  type Queue,
} from '#testing';
import type { Address } from './address.js';

import { create, KIT_SETTINGS } from './conformance-subject.js';
import { LEAVE_EPOCH } from './consumer-protocol.js';
import { Link } from './link.js';
import { consumerGroupHeartbeat, createTopics, ErrorCode, leaveGroup, metadata, produce } from './protocol.js';
import { commandsConfig } from './topic-config.js';
import { Topology } from './topology.js';

/** More than the transports of any one case. */
const PROXIES = 16;
const ANSWER_MS = 20_000;
const ELSE = { username: 'sluice', password: 'another' };

/** A broker of the kit's own, each transport behind a proxy of its own, and all that the kit breaks of them. */
export class KitBroker {
  readonly #protocol: 'classic' | 'consumer';
  #server: KafkaServer | undefined;
  readonly #ways = new BrokerWays();

  constructor(protocol: 'classic' | 'consumer') {
    this.#protocol = protocol;
  }

  /** A client goes where the broker tells it to, so that each proxy has a listener that tells of it. */
  async start(options: Parameters<typeof KafkaServer.start>[0] = {}): Promise<void> {
    const doors = [];
    while (doors.length < PROXIES) {
      const port = await freePort();
      const proxy = await TcpProxy.to('127.0.0.1', port);
      this.#ways.add(proxy);
      doors.push({ port, advertisedPort: proxy.port });
    }
    this.#server = await KafkaServer.start({ ...options, doors, account: ACCOUNT, settings: SETTINGS });
    process.env[KIT_SETTINGS] = JSON.stringify(this.#settings());
  }

  async end(): Promise<void> {
    await this.#ways.close();
    await this.#server?.remove();
  }

  get server(): KafkaServer {
    if (!this.#server) throw new Error('The broker of the kit has not started.');
    return this.#server;
  }

  readonly create = (queue: Queue): Transport =>
    this.#ways.lead(queue, ({ port }) => create(queue, { KAFKA_BROKERS: `127.0.0.1:${port}` }));

  /** Deletes what the queue is made of; its proxies serve other queues. */
  readonly remove = async (queue: Queue): Promise<void> => {
    this.#ways.release(queue);
    const { commands, notices } = named(queue);
    await this.#onLink((link) => link.ask(deleteTopics.api, [[{ name: commands }, { name: notices }], ANSWER_MS]));
  };

  readonly faults: Faults = {
    ...serverFaults(() => this.server),
    ...this.#ways.faults,
    // Lanes belong to a member of the group and not to its connection, so that the member goes too.
    cut: async (transport) => {
      const { proxy, queue } = this.#ways.of(transport);
      proxy.cut();
      await this.#onLink((link) => this.#countOut(link, `${queue}.persistence`));
    },
    inject: (queue, lane, body, headers) =>
      this.#onLink(async (link) => {
        const sent = new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)]));
        const record = { topic: named(queue).commands, partition: lane, value: Buffer.from(body), headers: sent };
        await link.ask(produce, [-1, ANSWER_MS, [record], {}]);
      }),
    unbind: (queue) => this.#unbind(queue),
    lockOut: async () => {
      await this.#restartWith(ELSE);
      return () => this.#restartWith(ACCOUNT);
    },
  };

  async #unbind({ name, lanes }: Queue): Promise<Mend> {
    const topic = new Topology({ prefix: name, lanes, replicas: undefined }).commands;
    const isThere = () =>
      this.#onLink(
        async (link) => (await link.ask(metadata, [[topic], false, false])).topics[0]?.errorCode === ErrorCode.none,
      );
    await this.#onLink((link) => link.ask(deleteTopics.api, [[{ name: topic }], ANSWER_MS]));
    await until(async () => !(await isThere()), 'the topic is gone');
    const configs = Object.entries(commandsConfig()).map(([key, value]) => ({ name: key, value }));
    const made = { name: topic, numPartitions: lanes, replicationFactor: 1, assignments: [], configs };
    return async () => {
      await this.#onLink((link) => link.ask(createTopics, [[made], ANSWER_MS, false]));
    };
  }

  /** The coordinator forgets all members of the group, as it does those of whom it has heard nothing for too long. */
  async #countOut(link: Link, group: string): Promise<void> {
    if (this.#protocol === 'classic') {
      const { members = [] } = (await link.ask(describeGroups.api, [[group], false])).groups[0] ?? {};
      if (members.length > 0) await link.ask(leaveGroup, [group, members.map(({ memberId }) => ({ memberId }))]);
      return;
    }
    const { members = [] } = (await link.ask(consumerGroupDescribe.api, [[group], false])).groups[0] ?? {};
    for (const { memberId } of members) {
      await link.ask(consumerGroupHeartbeat, [group, memberId, LEAVE_EPOCH, null, null, -1, null, null, null, null]);
    }
  }

  async #restartWith(account: { username: string; password: string }): Promise<void> {
    this.server.setAccount(account);
    await this.server.stop();
    await this.server.start();
  }

  async #onLink<Value>(use: (link: Link) => Promise<Value>): Promise<Value> {
    const { username, password } = ACCOUNT;
    const security = () => ({ sasl: { mechanism: 'PLAIN' as const, username, password } });
    const options = { security, clientId: 'kit', connectMs: ANSWER_MS, answerMs: 2 * ANSWER_MS };
    const address: Address = { host: '127.0.0.1', port: this.server.port };
    const link = await Link.dial(options, address, new AbortController().signal);
    try {
      return await use(link);
    } finally {
      link.cut('done');
    }
  }

  #settings(): Record<string, string> {
    return {
      KAFKA_BROKERS: this.server.address,
      KAFKA_GROUP_PROTOCOL: this.#protocol,
      KAFKA_SASL_MECHANISM: 'PLAIN',
      KAFKA_SASL_USERNAME: ACCOUNT.username,
      KAFKA_SASL_PASSWORD: ACCOUNT.password,
    };
  }
}

/** Dead processes are missed after seconds, in either protocol. */
const SETTINGS = {
  'group.min.session.timeout.ms': '1000',
  'group.consumer.min.session.timeout.ms': '1000',
  'group.consumer.session.timeout.ms': '6000',
  'group.consumer.min.heartbeat.interval.ms': '100',
  'group.consumer.heartbeat.interval.ms': '1000',
};

function named({ name, lanes }: Queue): Topology {
  return new Topology({ prefix: name, lanes, replicas: undefined });
}

/** What the kit proves of Kafka, with either protocol. */
export function planOn({ create: make, remove, faults }: KitBroker) {
  return {
    name: 'kafka',
    guarantees: {
      // One broker, whose topic is flushed to the disk before it answers.
      durability: 'disk',
      ordering: 'global',
      messageBytesMax: 4 * 1024 * 1024,
      publishers: 'many',
      consumers: 'many',
    },
    create: make,
    remove,
    processModule: import.meta.resolve('./conformance-subject.js'),
    bounded: true,
    faults,
    skips: {
      // A broker whose disk is full does not refuse: it ends.
      'fault fillDisk': ['44'],
    },
  } as const;
}
