import { fileURLToPath } from 'node:url';
import { freePort } from '#testing';
import type { ProcessPlan } from '../measuring/bench-process.js';
import type { ServerName } from '../servers/index.js';
import { profiledBy, serverUrlOf, type Ground, type Plans, type System } from './system.js';

type Environment = Readonly<Record<string, string>>;

interface Way {
  /** The server in the middle, if there is one; it is a line of `servers/index.ts`. */
  readonly needs?: ServerName;
  /** How both ends find each other, told where that server is. */
  readonly environment: (serverUrl: string) => Environment | Promise<Environment>;
  readonly onRequest?: boolean;
  /** What `TRANSPORT` takes, where that is not the system's name. */
  readonly transport?: string;
}

/** One line for each transport that has two ends, and for each kind of broker that one of them takes. */
const WAYS: Readonly<Record<string, Way>> = {
  rabbitmq: { needs: 'rabbitmq', environment: (url) => ({ RABBITMQ_URLS: url }) },
  tcp: { environment: async () => ({ TCP_PORT: String(await freePort()) }) },
  kafka: { needs: 'kafka', environment: (address) => ({ KAFKA_BROKERS: address }), onRequest: true },
  activemq: { needs: 'artemis', environment: (url) => ({ ACTIVEMQ_URLS: url }), onRequest: true },
  classic: {
    needs: 'classic',
    environment: (url) => ({ ACTIVEMQ_URLS: url }),
    onRequest: true,
    transport: 'activemq',
  },
  // Its server writes each message to the disk, as the queues of RabbitMQ do.
  nats: { needs: 'nats', environment: (url) => ({ NATS_URLS: url, NATS_SYNC: 'always' }), onRequest: true },
};

/** What waits beyond that comes too near to the product's bounds, which are then raised. */
const WAITING_WITHIN_BOUNDS = 500_000;

const mainOf = (app: string) => fileURLToPath(import.meta.resolve(`#${app}`).replace(/index\.js$/, 'main.js'));

/** The product with its defaults, as two processes. */
export const apart: readonly System[] = Object.entries(WAYS).map(([name, way]) => ({
  name,
  needs: way.needs,
  kind: 'sluice',
  pausedBy: 'consumer',
  slow: false,
  onRequest: way.onRequest ?? false,
  plan: (ground) => planApart(name, way, ground),
}));

/** The product with its defaults, gateway and persistence in one process. */
export const inProcess: System = {
  name: 'in-process',
  needs: undefined,
  kind: 'sluice',
  pausedBy: 'database',
  slow: false,
  plan: async (ground) => {
    const port = await freePort();
    const env = {
      ...boundsOf(ground),
      PORT: String(port),
      DATA_DIR: `${ground.directory}/in-process-${port}`,
      DATABASE_URL: databaseOf(ground, 'in-process'),
    };
    const nodeArgs = profiledBy(ground, 'in-process', 'gateway');
    return {
      url: readingsOn(port),
      gateway: { entry: mainOf('standalone'), env, healthUrl: healthOn(port), nodeArgs },
      consumer: undefined,
    };
  },
};

async function planApart(name: string, { needs, environment, transport }: Way, ground: Ground): Promise<Plans> {
  const [port, consumerPort, requestsPort] = [await freePort(), await freePort(), await freePort()];
  const serverUrl = await serverUrlOf({ name, needs }, ground);
  const both = { TRANSPORT: transport ?? name, ...boundsOf(ground), ...(await environment(serverUrl)) };
  const folder = `${ground.directory}/${name}-${port}`;
  const gateway: ProcessPlan = {
    entry: mainOf('gateway'),
    env: {
      ...both,
      PORT: String(port),
      PERSISTENCE_PEERS: `127.0.0.1:${requestsPort}`,
      DATA_DIR: `${folder}/gateway`,
    },
    healthUrl: healthOn(port),
    nodeArgs: profiledBy(ground, name, 'gateway'),
  };
  const consumer: ProcessPlan = {
    entry: mainOf('persistence'),
    env: {
      ...both,
      PERSISTENCE_PORT: String(consumerPort),
      REQUESTS_PORT: String(requestsPort),
      DATABASE_URL: databaseOf(ground, name),
      DATA_DIR: `${folder}/persistence`,
    },
    healthUrl: healthOn(consumerPort),
    nodeArgs: profiledBy(ground, name, 'consumer'),
  };
  return { url: readingsOn(port), gateway, consumer };
}

/** Where more is to wait than an installation takes by default, its bounds are four times as wide. */
function boundsOf({ waitingMax }: Ground): Environment {
  if (waitingMax <= WAITING_WITHIN_BOUNDS) return {};
  return {
    BACKLOG_MAX: '4000000',
    LANE_BACKLOG_MAX: '1000000',
    RABBITMQ_LANE_COUNT_MAX: '400000',
    SPOOL_COUNT_MAX: '8000000',
    SPOOL_BYTES_MAX: String(4 * 1024 ** 3),
  };
}

function databaseOf({ postgres }: Ground, name: string): string {
  return postgres.urlOf(`bench_${name}`);
}

const readingsOn = (port: number) => `http://127.0.0.1:${port}/readings`;
const healthOn = (port: number) => `http://127.0.0.1:${port}/health/live`;
