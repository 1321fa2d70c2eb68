import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findJava } from '../maven/java.js';
import { fetchSet, type MavenSet } from '../maven/maven-set.js';
import { answers } from '../network/answers.js';
import { freePort } from '../network/free-port.js';
import {
  type Account,
  type Home,
  type Launch,
  makeHome,
  OwnServer,
  type OwnServerOptions,
  started,
} from '../process/own-server.js';
import { kafkaUnderTest } from './releases.js';

const run = promisify(execFile);
const JVM = ['-Xmx512m', '-Xms128m', '-XX:TieredStopAtLevel=1'];
const QUIET = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
/** The first question of every client, in its first version: which requests do you know? */
const API_VERSIONS = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);
/** Long, since only one that is stuck takes it, and machines are busy at times. */
const FORMAT_MS_MAX = 600_000;

export interface KafkaOptions extends OwnServerOptions {
  readonly release?: MavenSet;
  readonly port?: number;
  /** Arguments of Java, instead of those for a short life. */
  readonly jvm?: readonly string[];
  /** Demands SASL/PLAIN of its clients. */
  readonly account?: Account;
  /** A user of doors that take SCRAM-SHA-512, known from the first start on. */
  readonly scramUser?: Account;
  /** More ways in, as through proxies. */
  readonly doors?: readonly Door[];
  /** Lines of `server.properties`, which win over ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A server's place among the nodes of one cluster, each broker and controller. */
interface KafkaNode {
  /** From 1 on. */
  readonly id: number;
  readonly cluster: string;
  /** Of all nodes, in the order of their ids. */
  readonly controllerPorts: readonly number[];
}

/** A port of the broker that tells its clients to come to another: Kafka's clients go where they are told to. */
export interface Door {
  readonly port: number;
  readonly advertisedPort: number;
  /** Kafka's name of it, as `SSL`. Unset, the same as everywhere else. What that needs is set under `listener.name.clients1` and so on. */
  readonly protocol?: string;
}

/** The Kafka to run, from Maven's repository. A sentence on why where there is none. */
export async function findKafka(
  release: MavenSet = kafkaUnderTest(),
): Promise<{ java: string; folder: string } | string> {
  const java = await findJava();
  if (typeof java === 'string') return java;
  const jars = await fetchSet(release);
  return typeof jars === 'string' ? jars : { ...java, ...jars };
}

/** A node of Kafka in KRaft mode, broker and controller in one. */
export class KafkaServer extends OwnServer {
  protected readonly title = 'Kafka';
  readonly port: number;
  readonly #program: { readonly java: string; readonly folder: string };
  readonly #node: KafkaNode;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #doors: readonly Door[];
  readonly #jvm: readonly string[];
  readonly #scramUser: Account | undefined;
  #account: Account | undefined;

  private constructor(
    home: Home,
    program: { java: string; folder: string },
    port: number,
    node: KafkaNode,
    options: KafkaOptions,
  ) {
    super(home);
    this.#program = program;
    this.port = port;
    this.#node = node;
    this.#settings = options.settings ?? {};
    this.#doors = [{ port: this.port, advertisedPort: this.port }, ...(options.doors ?? [])];
    this.#jvm = [...(options.jvm ?? JVM), QUIET];
    this.#scramUser = options.scramUser;
    this.#account = options.account;
  }

  /** Resolves when it takes requests. Rejects with the reason where no Kafka can be had. */
  static async start(options: KafkaOptions = {}): Promise<KafkaServer> {
    return started(
      await KafkaServer.#make({ id: 1, cluster: newCluster(), controllerPorts: [await freePort()] }, options),
    );
  }

  /** As many nodes of one cluster, of which a majority must live. Resolves when all of them take requests. */
  static async startCluster(count: number): Promise<KafkaServer[]> {
    const controllerPorts = await Promise.all(Array.from({ length: count }, () => freePort()));
    const cluster = newCluster();
    const nodes = controllerPorts.map((_, index) => KafkaServer.#make({ id: index + 1, cluster, controllerPorts }, {}));
    return Promise.all((await Promise.all(nodes)).map((node) => started(node)));
  }

  static async #make(node: KafkaNode, options: KafkaOptions): Promise<KafkaServer> {
    const found = await findKafka(options.release);
    if (typeof found === 'string') throw new Error(found);
    const port = options.port ?? (await freePort());
    return new KafkaServer(await makeHome('kafka', options), found, port, node, options);
  }

  /** What clients call its bootstrap server. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** From its next start on it takes these credentials only. */
  setAccount(account: Account): void {
    this.#account = account;
  }

  protected async launch(): Promise<Launch> {
    const file = join(this.directory, 'server.properties');
    const properties = { ...this.#properties(), ...this.#settings };
    const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(file, lines.join(''));
    const { java, folder } = this.#program;
    const jvm = [...this.#jvm, '-cp', join(folder, '*')];
    if (!existsSync(join(this.data, 'meta.properties'))) {
      const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', this.#node.cluster, '--config', file];
      await run(java, [...jvm, ...format, ...this.#users()], { timeout: FORMAT_MS_MAX });
    }
    return { command: [java, ...jvm, 'kafka.Kafka', file] };
  }

  protected isReady(): Promise<boolean> {
    return answers(this.port, API_VERSIONS);
  }

  #properties(): Record<string, string> {
    const { id, controllerPorts } = this.#node;
    const voters = controllerPorts.map((port, index) => `${index + 1}@127.0.0.1:${port}`);
    const nodes = String(controllerPorts.length);
    const usual = this.#account ? 'SASL_PLAINTEXT' : 'PLAINTEXT';
    const listeners = this.#doors.map(({ port }, index) => `CLIENTS${index}://127.0.0.1:${port}`);
    const advertised = this.#doors.map(({ advertisedPort }, index) => `CLIENTS${index}://127.0.0.1:${advertisedPort}`);
    const protocols = this.#doors.map(({ protocol = usual }, index) => `CLIENTS${index}:${protocol}`);
    return {
      'process.roles': 'broker,controller',
      'node.id': String(id),
      'controller.quorum.voters': voters.join(','),
      'controller.listener.names': 'CONTROLLER',
      listeners: [...listeners, `CONTROLLER://127.0.0.1:${controllerPorts[id - 1]}`].join(','),
      'advertised.listeners': advertised.join(','),
      'inter.broker.listener.name': 'CLIENTS0',
      'listener.security.protocol.map': ['CONTROLLER:PLAINTEXT', ...protocols].join(','),
      // For each listener.
      'num.network.threads': '1',
      ...this.#sasl(),
      'log.dirs': this.data,
      'auto.create.topics.enable': 'false',
      'offsets.topic.replication.factor': nodes,
      'offsets.topic.num.partitions': '1',
      'transaction.state.log.replication.factor': nodes,
      'transaction.state.log.min.isr': '1',
      'transaction.state.log.num.partitions': '1',
      'share.coordinator.state.topic.replication.factor': nodes,
      'share.coordinator.state.topic.min.isr': '1',
      'group.initial.rebalance.delay.ms': '0',
      // Tests make and delete many topics.
      'log.cleaner.dedupe.buffer.size': '2097152',
      'log.index.size.max.bytes': '1048576',
    };
  }

  #users(): string[] {
    if (!this.#scramUser) return [];
    const { username, password } = this.#scramUser;
    return ['--add-scram', `SCRAM-SHA-512=[name=${username},password=${password}]`];
  }

  #sasl(): Record<string, string> {
    if (!this.#account) return {};
    const { username, password } = this.#account;
    const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
    const jaas = `${plain} username="${username}" password="${password}" user_${username}="${password}";`;
    const ofDoors = this.#doors.map((_, index) => [`listener.name.clients${index}.plain.sasl.jaas.config`, jaas]);
    return {
      'sasl.enabled.mechanisms': 'PLAIN',
      'sasl.mechanism.inter.broker.protocol': 'PLAIN',
      ...Object.fromEntries(ofDoors),
    };
  }
}

/** Six zero bits at its head are an `A`: an id that begins with a dash is taken for an option. */
function newCluster(): string {
  return Buffer.concat([Buffer.of(0), randomBytes(15)]).toString('base64url');
}
