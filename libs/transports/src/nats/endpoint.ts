import {
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
  type Authenticator,
  type NatsConnection,
} from '@nats-io/transport-node';
import { TransportError } from '#messaging';
import type { Condition, Endpoint, Line } from '../supervised-connection.js';
import { readFileOf, tlsFilesOf } from '../tls-files.js';
import { connectByCable, type Connected } from './cable.js';
import { refusalOf } from './refusal.js';
import type { NatsSettings } from './settings.js';

/** As many pings in a row may go unanswered. */
const PINGS_UNANSWERED_MAX = 2;
const PORT = 4222;

/** A connection as the client has it. */
export class NatsLine implements Line {
  readonly connection: NatsConnection;
  readonly lost: Promise<unknown>;
  /** Host and port, for people. */
  readonly name: string;
  readonly #cable: Connected['cable'];
  readonly #watchers = new Set<() => void>();
  #tellCondition: (condition: Condition) => void = () => undefined;

  constructor({ connection, cable }: Connected, name: string) {
    this.connection = connection;
    this.#cable = cable;
    this.name = name;
    this.lost = connection.closed().then((error) => {
      for (const watcher of this.#watchers) watcher();
      return error ?? undefined;
    });
  }

  /** Calls back when it is lost; returns what ends the watching. */
  watchLost(onLost: () => void): () => void {
    this.#watchers.add(onLost);
    return () => this.#watchers.delete(onLost);
  }

  watchCondition(onChange: (condition: Condition) => void): void {
    this.#tellCondition = onChange;
  }

  tell(condition: Condition): void {
    this.#tellCondition(condition);
  }

  get unsentBytes(): number {
    return this.#cable.unsentBytes;
  }

  whenSent(onSent: () => void): void {
    this.#cable.whenSent(onSent);
  }

  /** What was sent last arrives first. */
  goodbye(): void {
    const { connection } = this;
    void connection
      .flush()
      .catch(() => undefined)
      .then(() => connection.close())
      .catch(() => undefined);
  }
}

/** The addresses of NATS_URLS, in their order. */
export function endpointsOf(settings: NatsSettings): Endpoint<NatsLine>[] {
  return settings.NATS_URLS.map((url) => endpointOf(new URL(url), settings));
}

function endpointOf(url: URL, settings: NatsSettings): Endpoint<NatsLine> {
  const tls = url.protocol === 'tls:';
  const name = `${url.hostname}:${url.port || PORT}`;
  return {
    name,
    refusalOf: (cause) => refusalOf(cause, name),
    async dial(purpose, signal) {
      const options = {
        servers: [name],
        name: `${settings.NATS_PREFIX}, ${purpose}`,
        // Read each time, so that renewed files serve the next connection.
        authenticator: authenticatorsOf(url, settings),
        ...((tls || settings.NATS_TLS_CA_PATH) && { tls: tlsOf(settings) }),
        timeout: settings.NATS_CONNECT_MS,
        pingInterval: settings.NATS_HEARTBEAT_MS,
        maxPingOut: PINGS_UNANSWERED_MAX,
        ignoreClusterUpdates: true,
        noAsyncTraces: true,
      };
      return new NatsLine(await connectByCable(options, signal), name);
    },
  };
}

function authenticatorsOf(url: URL, settings: NatsSettings): Authenticator[] {
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  const authenticators: Authenticator[] = [];
  if (user !== '') authenticators.push(password === '' ? tokenAuthenticator(user) : userOf(user, password));
  const creds = readFileOf('NATS_CREDS_PATH', settings);
  if (creds) authenticators.push(readable('NATS_CREDS_PATH', settings, credsAuthenticator(creds)));
  const seed = readFileOf('NATS_NKEY_PATH', settings);
  if (seed) authenticators.push(readable('NATS_NKEY_PATH', settings, nkeyAuthenticator(trimmed(seed))));
  return authenticators;
}

const userOf = (user: string, password: string): Authenticator => usernamePasswordAuthenticator(user, password);
const trimmed = (seed: Buffer): Buffer => Buffer.from(seed.toString().trim());

/** Asked once before it is used: the client would end a connection over it without a word. */
function readable(
  setting: 'NATS_CREDS_PATH' | 'NATS_NKEY_PATH',
  settings: NatsSettings,
  authenticator: Authenticator,
): Authenticator {
  try {
    authenticator('a nonce');
    return authenticator;
  } catch (cause) {
    const text = `The file ${settings[setting]} holds no credentials that can be read (${(cause as Error).message}). Set ${setting} to one that does.`;
    throw new TransportError(text, { setting, cause });
  }
}

/** As the client takes them. */
function tlsOf(settings: NatsSettings): { ca?: string; cert?: string; key?: string } {
  return Object.fromEntries(Object.entries(tlsFilesOf('NATS', settings)).map(([name, pem]) => [name, String(pem)]));
}
