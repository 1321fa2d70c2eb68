import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CertificatePaths } from '../network/test-ca.js';
import type { RabbitMqInstallation } from './installation.js';

const run = promisify(execFile);
const CTL_MS_MAX = 60_000;

export interface NodePorts {
  readonly amqp: number;
  readonly epmd: number;
  readonly distribution: number;
}

/** What a node takes connections over TLS with. */
export interface NodeTls extends CertificatePaths {
  /** Only from clients that show a certificate of the same authority. */
  readonly mutual: boolean;
}

/** Where a node of our own lives. Whoever knows this can command it, from any process. */
export interface NodePlace {
  readonly installation: RabbitMqInstallation;
  /** Its data, cookie and settings, as seen from this machine: below the installation's root. */
  readonly directory: string;
  readonly ports: NodePorts;
  readonly tls?: NodeTls & { readonly port: number };
}

/** Small, since many tests run at once: a write-ahead log of 16 MiB, and no limit that the machine's size decides. */
const CONFIGURATION = `
log.console.level = warning
raft.wal_max_size_bytes = 16777216
vm_memory_high_watermark.absolute = 2GB
disk_free_limit.absolute = 10MB
`;

/** The address, the environment and the tools of a node, whether it runs or not. */
export class RabbitMqNode {
  readonly place: NodePlace;

  constructor(place: NodePlace) {
    this.place = place;
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.place.ports.amqp}`;
  }

  /** The same over TLS. */
  get tlsUrl(): string {
    const { tls } = this.place;
    if (!tls) throw new Error('This node was started without TLS.');
    return `amqps://guest:guest@127.0.0.1:${tls.port}`;
  }

  /** Writes the node's settings. */
  prepare(): void {
    const { directory, ports } = this.place;
    mkdirSync(directory, { recursive: true });
    const listener = `listeners.tcp.1 = 127.0.0.1:${ports.amqp}\n`;
    writeFileSync(join(directory, 'rabbitmq.conf'), listener + this.#prepareTls() + CONFIGURATION);
    writeFileSync(join(directory, 'enabled_plugins'), '[].\n');
  }

  /** Runs `rabbitmqctl` on the node and resolves to what it says. Rejects with its complaint when it fails. */
  async ctl(...args: string[]): Promise<string> {
    const [program, ...rest] = this.command('rabbitmqctl', '--quiet', ...args);
    const { stdout } = await run(program, rest, { timeout: CTL_MS_MAX, env: {} });
    return stdout.trim();
  }

  /** The command that runs one of the installation's programs for this node. */
  command(...args: string[]): [string, ...string[]] {
    const { root } = this.place.installation;
    const assignments = Object.entries(this.#environment()).map(([name, value]) => `${name}=${value}`);
    const inEnvironment: [string, ...string[]] = ['/usr/bin/env', '-i', ...assignments, ...args];
    if (root === '') return inEnvironment;
    // Erlang reads /proc, which a bare root does not have.
    return ['/usr/bin/unshare', '--mount', `--mount-proc=${root}/proc`, '/usr/sbin/chroot', root, ...inEnvironment];
  }

  /** Its files lie with the node's own, since it may see no others. Returns the settings. */
  #prepareTls(): string {
    const { directory, installation, tls } = this.place;
    if (!tls) return '';
    const lines = Object.entries({ cacertfile: tls.caPath, certfile: tls.certPath, keyfile: tls.keyPath }).map(
      ([setting, path]) => {
        const copy = join(directory, `${setting}.pem`);
        copyFileSync(path, copy);
        return `ssl_options.${setting} = ${copy.slice(installation.root.length)}`;
      },
    );
    return [
      `listeners.ssl.1 = 127.0.0.1:${tls.port}`,
      ...lines,
      'ssl_options.verify = verify_peer',
      `ssl_options.fail_if_no_peer_cert = ${tls.mutual}`,
      '',
    ].join('\n');
  }

  #environment(): Record<string, string> {
    const { installation, directory, ports } = this.place;
    const { root, scripts, environment } = installation;
    const home = directory.slice(root.length);
    return {
      ...environment,
      PATH: [environment['PATH'], scripts, '/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin'].filter(Boolean).join(':'),
      HOME: home,
      LANG: 'C.UTF-8',
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: String(ports.epmd),
      RABBITMQ_NODENAME: 'sluice@localhost',
      RABBITMQ_DIST_PORT: String(ports.distribution),
      // The tools take any free port.
      RABBITMQ_CTL_DIST_PORT_MIN: '0',
      RABBITMQ_CTL_DIST_PORT_MAX: '0',
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
      RABBITMQ_CONFIG_FILES: join(home, 'no-more-files'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'enabled_plugins'),
      RABBITMQ_MNESIA_BASE: join(home, 'data'),
      RABBITMQ_LOG_BASE: join(home, 'log'),
      RABBITMQ_LOGS: '-',
      // The script becomes the broker instead of watching it, so that signals reach it.
      RABBITMQ_ALLOW_INPUT: '1',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-noinput -kernel inet_dist_use_interface {127,0,0,1} +S 2:2',
    };
  }
}
