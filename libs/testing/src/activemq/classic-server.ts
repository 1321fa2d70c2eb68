import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findJava } from '../maven/java.js';
import { fetchSet, type MavenSet } from '../maven/maven-set.js';
import { freePort } from '../network/free-port.js';
import {
  ACCOUNT,
  type Account,
  type Home,
  type Launch,
  makeHome,
  OwnServer,
  type OwnServerOptions,
  started,
} from '../process/own-server.js';
import { answersAmqp } from './answers-amqp.js';
import { CLASSIC_6 } from './releases.js';

const JVM = ['-Xmx512m', '-Xms64m', '-XX:TieredStopAtLevel=1'];
const LOGGING = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';

/** What `bin/activemq` of the distribution does, less its console; Java compiles it as it starts. */
const STARTER = `
public class Starter {
  public static void main(String[] args) throws Exception {
    org.apache.activemq.broker.BrokerFactory.createBroker("xbean:file:" + args[0], true).waitUntilStopped();
  }
}
`;

/** Names and places; both are within the jars. */
const SCHEMAS = [
  ['http://www.springframework.org/schema/beans', 'http://www.springframework.org/schema/beans/spring-beans.xsd'],
  ['http://activemq.apache.org/schema/core', 'http://activemq.apache.org/schema/core/activemq-core.xsd'],
];

export interface ClassicOptions extends OwnServerOptions {
  readonly release?: MavenSet;
  readonly port?: number;
  readonly account?: Account;
  /** Arguments of Java, instead of those for a short life. */
  readonly jvm?: readonly string[];
  /** Attributes of the element `broker`, which win over ours, as `schedulerSupport`. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** XML for the element `plugins`, beside the one that asks for a password; the statistics plugin if left out. */
  readonly plugins?: string;
  /** Whether what is given back to queues of commands keeps its order. Its own default is that it need not; that of the tests, that it does. */
  readonly strictOrder?: boolean;
  /** How long a client may be silent before it is given up, in milliseconds; as long as the broker's own default if left out. */
  readonly silenceMs?: number;
  /** How much it stores before senders are refused: attributes of the element `storeUsage`. */
  readonly storeUsage?: string;
}

/** The ActiveMQ Classic to run, from Maven's repository. A sentence on why where there is none. */
export async function findClassic(release: MavenSet = CLASSIC_6): Promise<{ java: string; folder: string } | string> {
  const java = await findJava();
  if (typeof java === 'string') return java;
  const jars = await fetchSet(release);
  return typeof jars === 'string' ? jars : { ...java, ...jars };
}

/** An ActiveMQ Classic that takes AMQP 1.0 and stores in KahaDB. */
export class ActiveMqClassicServer extends OwnServer {
  protected readonly title = 'ActiveMQ Classic';
  readonly port: number;
  readonly #program: { readonly java: string; readonly folder: string };
  readonly #options: ClassicOptions;
  #account: Account;

  private constructor(home: Home, program: { java: string; folder: string }, port: number, options: ClassicOptions) {
    super(home);
    this.#program = program;
    this.port = port;
    this.#options = options;
    this.#account = options.account ?? ACCOUNT;
  }

  /** Resolves when it takes requests. Rejects with the reason where no ActiveMQ can be had. */
  static async start(options: ClassicOptions = {}): Promise<ActiveMqClassicServer> {
    const found = await findClassic(options.release);
    if (typeof found === 'string') throw new Error(found);
    const port = options.port ?? (await freePort());
    return started(new ActiveMqClassicServer(await makeHome('activemq', options), found, port, options));
  }

  get account(): Account {
    return this.#account;
  }

  get url(): string {
    const { username, password } = this.#account;
    return `amqp://${username}:${password}@127.0.0.1:${this.port}`;
  }

  /** From its next start on it takes these credentials only. */
  setAccount(account: Account): void {
    this.#account = account;
  }

  protected async launch(): Promise<Launch> {
    const [settings, starter] = [join(this.directory, 'activemq.xml'), join(this.directory, 'Starter.java')];
    await writeFile(settings, this.#xml());
    await writeFile(starter, STARTER);
    const { java, folder } = this.#program;
    const { jvm = JVM } = this.#options;
    return { command: [java, ...jvm, LOGGING, '-cp', join(folder, '*'), starter, settings] };
  }

  protected isReady(): Promise<boolean> {
    return answersAmqp(this.port);
  }

  #xml(): string {
    const { username, password } = this.#account;
    const { attributes, plugins = '<statisticsBrokerPlugin/>', strictOrder = true } = this.#options;
    const { silenceMs, storeUsage = 'limit="1024 mb"' } = this.#options;
    const idle = silenceMs === undefined ? '' : `&amp;wireFormat.idleTimeout=${silenceMs}`;
    const all = {
      brokerName: 'sluice',
      dataDirectory: this.data,
      useJmx: 'false',
      schedulePeriodForDestinationPurge: '0',
      ...attributes,
    };
    const listed = Object.entries(all).map(([name, value]) => `${name}="${value}"`);
    return `<beans xmlns="http://www.springframework.org/schema/beans"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="${SCHEMAS.map((schema) => schema.join(' ')).join(' ')}">
  <broker xmlns="http://activemq.apache.org/schema/core" ${listed.join(' ')}>
    <destinationPolicy><policyMap><policyEntries>
      <policyEntry queue="*.commands.>" strictOrderDispatch="${strictOrder}"/>
    </policyEntries></policyMap></destinationPolicy>
    <persistenceAdapter><kahaDB directory="${this.data}/kahadb" journalMaxFileLength="4mb"/></persistenceAdapter>
    <plugins>
      <simpleAuthenticationPlugin><users>
        <authenticationUser username="${username}" password="${password}" groups="users,admins"/>
      </users></simpleAuthenticationPlugin>
      ${plugins}
    </plugins>
    <systemUsage><systemUsage sendFailIfNoSpace="true">
      <memoryUsage><memoryUsage limit="128 mb"/></memoryUsage>
      <storeUsage><storeUsage ${storeUsage}/></storeUsage>
      <tempUsage><tempUsage percentLimit="10"/></tempUsage>
    </systemUsage></systemUsage>
    <transportConnectors>
      <transportConnector name="amqp" uri="amqp://127.0.0.1:${this.port}?wireFormat.maxFrameSize=104857600${idle}"/>
    </transportConnectors>
  </broker>
</beans>
`;
  }
}
