import { freePort } from '#testing';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docker } from './docker.js';

/** As docker-compose.yml has it for those who set nothing. */
const DATABASE = 'sluice:for-trying-out';
const LOGS = join('dist', 'test', 'compose');
const REMOVAL_GRACE_S = 10;

export type Service = 'gateway' | 'persistence' | 'rabbitmq' | 'postgres';

/**
 * The product under `docker compose`, as docker-compose.yml has it for those who set nothing but the transport: a project, an
 * image and ports of its own beside any other, and nothing left of them after `remove`.
 */
export class Stack {
  /** Begins with the run's own name, by which `npm run test:compose` finds and removes what an interrupted run left. */
  readonly name = `${process.env['SLUICE_COMPOSE_PROJECTS'] ?? 'sluice-test'}-${randomBytes(4).toString('hex')}`;

  #said = '';

  private constructor(
    readonly transport: string,
    private readonly port: number,
  ) {}

  static async prepare(transport: string): Promise<Stack> {
    return new Stack(transport, await freePort());
  }

  /** Where the gateway answers: the same after each `up`. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Another one after each start of PostgreSQL's container. */
  async databaseUrl(): Promise<string> {
    return `postgres://${DATABASE}@${await this.compose('port', 'postgres', '5432')}/sluice`;
  }

  /** Resolves when every container is healthy; what runs already, as it should, goes on. Builds the image if it is missing. */
  async up(persistences = 1): Promise<void> {
    await this.compose('up', '--detach', '--wait', '--scale', `persistence=${persistences}`);
  }

  /** Ids of the containers of a service, those that have ended too. */
  async containersOf(service: Service): Promise<string[]> {
    const ids = await this.compose('ps', '--all', '--quiet', service);
    return ids.split('\n').filter((id) => id !== '');
  }

  /** Any subcommand of `docker compose`; no `.env` of this folder counts. */
  compose(...args: string[]): Promise<string> {
    const files = ['docker-compose.yml', join('test', 'compose', 'published-database.yml')];
    const project = ['--project-name', this.name, '--env-file', '/dev/null', ...files.flatMap((file) => ['-f', file])];
    return docker(['compose', '--ansi', 'never', ...project, ...args], {
      TRANSPORT: this.transport,
      SLUICE_IMAGE: this.name,
      PORT: String(this.port),
      RABBITMQ_MANAGEMENT_PORT: '0',
      COMPOSE_PROFILES: '',
    });
  }

  /** Removes the containers, and keeps what they have stored. */
  async down(): Promise<void> {
    await this.#keepLogs();
    await this.compose('down');
  }

  /** Removes containers, volumes, network and image; what the containers said stays in dist/test/compose. */
  async remove(): Promise<void> {
    await this.#keepLogs();
    await this.compose('down', '--volumes', '--remove-orphans', '--timeout', String(REMOVAL_GRACE_S));
    await docker(['image', 'rm', '--force', this.name]);
  }

  async #keepLogs(): Promise<void> {
    this.#said += `${await this.compose('logs', '--no-color', '--timestamps').catch(String)}\n`;
    await mkdir(LOGS, { recursive: true });
    await writeFile(join(LOGS, `${this.transport}.log`), this.#said);
  }
}
