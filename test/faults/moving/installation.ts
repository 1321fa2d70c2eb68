import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startGateway } from '#gateway';
import {
  AppProcess,
  createTestDatabase,
  createTestDirectory,
  createTestVhost,
  freePort,
  type TestDatabase,
  type TestDirectory,
} from '#testing';
import { refuseCrashes } from '../crashes.js';
import { ENTRIES } from '../entries.js';

const SEAL = fileURLToPath(import.meta.resolve('../../../apps/gateway/src/sealing/main.js'));
const run = promisify(execFile);

type Environment = Record<string, string>;

/** What `TRANSPORT` and, while it moves, `DRAIN_FROM` name. */
export interface Ways {
  readonly TRANSPORT: string;
  readonly DRAIN_FROM?: string;
}

/** One gateway at a fixed address and two persistence processes, which can be started again on other transports. */
export class MovingInstallation {
  readonly url: string;
  #gateway: { close(): Promise<void> } | undefined;
  #persistences: AppProcess[] = [];
  readonly #started: AppProcess[] = [];

  private constructor(
    readonly database: TestDatabase,
    private readonly directory: TestDirectory,
    private readonly vhost: { readonly url: string; remove(): Promise<void> },
    private readonly brokers: Environment,
    private readonly port: number,
    private readonly tcpPorts: readonly number[],
    private readonly requestsPorts: readonly number[],
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /** `brokers`: where the brokers besides RabbitMQ are that it moves to. */
  static async create(brokers: Environment = {}): Promise<MovingInstallation> {
    const [port, ...others] = await Promise.all([freePort(), freePort(), freePort(), freePort(), freePort()]);
    const vhost = await createTestVhost();
    return new MovingInstallation(
      await createTestDatabase(),
      await createTestDirectory(),
      vhost,
      { RABBITMQ_URLS: vhost.url, ...brokers },
      port,
      others.slice(0, 2),
      others.slice(2),
    );
  }

  get persistences(): readonly AppProcess[] {
    return this.#persistences;
  }

  async startGateway(TRANSPORT: string): Promise<void> {
    const env = { ...this.#gatewayEnvironment(TRANSPORT), PORT: String(this.port) };
    this.#gateway = await startGateway({ env, envFile: null });
  }

  async stopGateway(): Promise<void> {
    await this.#gateway?.close();
    this.#gateway = undefined;
  }

  /** Stops those that run, and starts as many with other settings. */
  async restartPersistences(ways: Ways): Promise<void> {
    for (const process of this.#persistences) await process.stop();
    this.#persistences = await Promise.all(
      this.tcpPorts.map((port, index) =>
        AppProcess.prepare(
          ENTRIES.persistence,
          {
            ...this.brokers,
            ...ways,
            DATABASE_URL: this.database.url,
            DATA_DIR: join(this.directory.path, `persistence-${index}`),
            TCP_PORT: String(port),
            REQUESTS_PORT: String(this.requestsPorts[index]),
          },
          'PERSISTENCE_PORT',
        ),
      ),
    );
    this.#started.push(...this.#persistences);
    await Promise.all(this.#persistences.map((process) => process.start()));
  }

  /** Runs `npm run seal`. Resolves to what it wrote; rejects with that, when it fails. */
  async seal(TRANSPORT: string): Promise<string> {
    const env = { ...process.env, ...this.#gatewayEnvironment(TRANSPORT) };
    return (await run(process.execPath, [SEAL], { env, cwd: this.directory.path })).stdout;
  }

  async remove(): Promise<void> {
    await this.stopGateway();
    for (const process of this.#persistences) await process.stop();
    await this.vhost.remove();
    await this.database.drop();
    await this.directory.remove();
    refuseCrashes(this.#started);
  }

  #gatewayEnvironment(TRANSPORT: string): Environment {
    const list = (ports: readonly number[]) => ports.map((port) => `127.0.0.1:${port}`).join(',');
    return {
      ...this.brokers,
      TRANSPORT,
      DATA_DIR: join(this.directory.path, 'gateway'),
      TCP_PEERS: list(this.tcpPorts),
      PERSISTENCE_PEERS: list(this.requestsPorts),
    };
  }
}
