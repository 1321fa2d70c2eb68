import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findJava } from '../maven/java.js';
import { fetchSet } from '../maven/maven-set.js';
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
import { type ArtemisSettings, artemisFiles } from './artemis-files.js';
import { ARTEMIS } from './releases.js';

const JVM = ['-Xmx512m', '-Xms128m', '-XX:TieredStopAtLevel=1'];
const OPENED = '--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED';

export interface ArtemisOptions extends OwnServerOptions {
  readonly port?: number;
  /** Arguments of Java, instead of those for a short life. */
  readonly jvm?: readonly string[];
  readonly account?: Account;
  /** Settings of every address by their names in `broker.xml`, as `max-delivery-attempts`. */
  readonly addressSettings?: Readonly<Record<string, string>>;
  /** Settings of the broker by their names in `broker.xml`, as `max-disk-usage`. */
  readonly coreSettings?: Readonly<Record<string, string>>;
}

/** The Artemis to run, from Maven's repository. A sentence on why where there is none. */
export async function findArtemis(): Promise<{ java: string; folder: string } | string> {
  const java = await findJava();
  if (typeof java === 'string') return java;
  const distribution = await fetchSet(ARTEMIS);
  return typeof distribution === 'string' ? distribution : { ...java, ...distribution };
}

/** An ActiveMQ Artemis that takes AMQP 1.0, and its own protocol, on one port. */
export class ArtemisServer extends OwnServer {
  protected readonly title = 'Artemis';
  readonly port: number;
  readonly #program: { readonly java: string; readonly folder: string };
  readonly #jvm: readonly string[];
  #settings: ArtemisSettings;

  private constructor(home: Home, program: { java: string; folder: string }, port: number, options: ArtemisOptions) {
    super(home);
    this.#program = program;
    this.port = port;
    this.#jvm = [...(options.jvm ?? JVM), OPENED];
    const { account = ACCOUNT, addressSettings = {}, coreSettings = {} } = options;
    this.#settings = { port, account, data: this.data, addressSettings, coreSettings };
  }

  /** Resolves when it takes requests. Rejects with the reason where no Artemis can be had. */
  static async start(options: ArtemisOptions = {}): Promise<ArtemisServer> {
    const found = await findArtemis();
    if (typeof found === 'string') throw new Error(found);
    const port = options.port ?? (await freePort());
    return started(new ArtemisServer(await makeHome('artemis', options), found, port, options));
  }

  get account(): Account {
    return this.#settings.account;
  }

  get url(): string {
    const { username, password } = this.account;
    return `amqp://${username}:${password}@127.0.0.1:${this.port}`;
  }

  /** From now on it takes these credentials only; connections that are there stay. */
  async setAccount(account: Account): Promise<void> {
    this.#settings = { ...this.#settings, account };
    await this.#writeFiles();
  }

  protected async launch(): Promise<Launch> {
    await mkdir(this.#etc, { recursive: true });
    await this.#writeFiles();
    const { java, folder } = this.#program;
    const properties = {
      'artemis.home': folder,
      'artemis.instance': this.directory,
      'artemis.instance.etc': this.#etc,
      'data.dir': this.data,
      'java.security.auth.login.config': join(this.#etc, 'login.config'),
      'log4j2.configurationFile': join(this.#etc, 'log4j2.properties'),
      'log4j2.disableJmx': 'true',
    };
    const definitions = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);
    const classPath = ['-cp', join(folder, 'lib/artemis-boot.jar')];
    const main = ['org.apache.activemq.artemis.boot.Artemis', 'run'];
    return { command: [java, ...this.#jvm, ...definitions, ...classPath, ...main] };
  }

  protected isReady(): Promise<boolean> {
    return answersAmqp(this.port);
  }

  get #etc(): string {
    return join(this.directory, 'etc');
  }

  async #writeFiles(): Promise<void> {
    for (const [name, text] of Object.entries(artemisFiles(this.#settings)))
      await writeFile(join(this.#etc, name), text);
  }
}
