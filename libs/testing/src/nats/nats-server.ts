import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../network/free-port.js';
import { answers } from '../network/answers.js';
import {
  type Account,
  ACCOUNT,
  type Home,
  type Launch,
  makeHome,
  OwnServer,
  type OwnServerOptions,
  started,
} from '../process/own-server.js';
import { until } from '../until.js';
import { findNats, type NatsInstallation } from './installation.js';

/** Long, since machines are busy at times. */
const RELOAD_MS_MAX = 60_000;

export interface NatsOptions extends OwnServerOptions {
  readonly installation?: NatsInstallation;
  readonly port?: number;
  readonly account?: Account;
  /** Lines of the block `jetstream`, which win over ours, as `max_file_store: 64MB`. */
  readonly jetstream?: Readonly<Record<string, string>>;
  /** Lines of the configuration outside that block. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A NATS server with JetStream, which syncs each message to its disk. */
export class NatsServer extends OwnServer {
  protected readonly title = 'NATS';
  readonly port: number;
  readonly version: string;
  readonly #program: string;
  readonly #options: NatsOptions;
  #account: Account;

  private constructor(home: Home, { program, version }: NatsInstallation, port: number, options: NatsOptions) {
    super(home);
    this.port = port;
    this.version = version;
    this.#program = program;
    this.#options = options;
    this.#account = options.account ?? ACCOUNT;
  }

  /** Resolves when it takes requests. Rejects with the reason where no NATS can be had. */
  static async start(options: NatsOptions = {}): Promise<NatsServer> {
    const found = options.installation ?? (await findNats());
    if (typeof found === 'string') throw new Error(found);
    const port = options.port ?? (await freePort());
    return started(new NatsServer(await makeHome('nats', options), found, port, options));
  }

  get account(): Account {
    return this.#account;
  }

  get url(): string {
    const { username, password } = this.#account;
    return `nats://${username}:${password}@127.0.0.1:${this.port}`;
  }

  /** From now on it takes these credentials only, and ends the connections that came with others. */
  async setAccount(account: Account): Promise<void> {
    this.#account = account;
    await this.#configure();
    const before = await this.#reloads();
    this.hangUp();
    await until(async () => (await this.#reloads()) > before, 'NATS has read its settings again', RELOAD_MS_MAX);
  }

  protected async launch(): Promise<Launch> {
    await this.#configure();
    return { command: [this.#program, '--config', this.#file] };
  }

  protected isReady(): Promise<boolean> {
    return answers(this.port, new Uint8Array());
  }

  /** How often it has read its settings again. */
  async #reloads(): Promise<number> {
    return (await readFile(this.log, 'utf8')).split('Reloaded server configuration').length - 1;
  }

  get #file(): string {
    return join(this.directory, 'nats.conf');
  }

  async #configure(): Promise<void> {
    const { username, password } = this.#account;
    // Older ones do not know it.
    const sync: Record<string, string> = /^2\.\d\./.test(this.version) ? {} : { sync_interval: 'always' };
    const jetstream = { store_dir: `"${this.data}"`, ...sync, ...this.#options.jetstream };
    await writeFile(
      this.#file,
      `listen: "127.0.0.1:${this.port}"
authorization { user: "${username}", password: "${password}" }
jetstream {
  ${lines(jetstream).join('\n  ')}
}
${lines(this.#options.settings ?? {}).join('\n')}
`,
    );
  }
}

function lines(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `${name}: ${value}`);
}
