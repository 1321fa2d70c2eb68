import { fileURLToPath } from 'node:url';
import { freePort } from '#testing';
import type { ProcessPlan } from '../measuring/bench-process.js';
import type { Ground, Plans, System } from './system.js';

type Environment = Readonly<Record<string, string>>;

const mainOf = (app: string) => fileURLToPath(import.meta.resolve(`#${app}`).replace(/index\.js$/, 'main.js'));

/** Where both ends of the transport find each other. */
const WAYS: Readonly<Record<string, (ground: Ground) => Promise<Environment>>> = {
  tcp: async () => ({ TCP_PORT: String(await freePort()) }),
  rabbitmq: async ({ broker }) => ({ RABBITMQ_URLS: (await broker?.urlOf('sluice')) ?? '' }),
};

/** The product with its defaults, gateway and persistence in one process. */
export const inProcess: System = {
  name: 'in-process',
  needs: undefined,
  kind: 'sluice',
  pausedBy: 'database',
  slow: false,
  plan: async (ground) => {
    const port = await freePort();
    const env = { DATA_DIR: `${ground.directory}/in-process-${port}`, DATABASE_URL: databaseOf(ground, 'in-process') };
    return {
      url: readingsOn(port),
      gateway: processOf('standalone', { ...env, PORT: String(port) }, healthOn(port), ground),
      consumer: undefined,
    };
  },
};

/** The product with its defaults, as two processes. */
export function apart(transport: 'tcp' | 'rabbitmq'): System {
  return {
    name: transport,
    needs: transport === 'rabbitmq' ? 'broker' : undefined,
    kind: 'sluice',
    pausedBy: 'consumer',
    slow: false,
    plan: (ground) => planApart(transport, ground),
  };
}

async function planApart(transport: string, ground: Ground): Promise<Plans> {
  const [port, consumerPort, requestsPort] = [await freePort(), await freePort(), await freePort()];
  const common = { TRANSPORT: transport, ...(await WAYS[transport]?.(ground)) };
  const gateway = { ...common, PORT: String(port), PERSISTENCE_PEERS: `127.0.0.1:${requestsPort}` };
  const consumer = {
    ...common,
    PERSISTENCE_PORT: String(consumerPort),
    REQUESTS_PORT: String(requestsPort),
    DATABASE_URL: databaseOf(ground, transport),
  };
  const folder = `${ground.directory}/${transport}-${port}`;
  return {
    url: readingsOn(port),
    gateway: processOf('gateway', { ...gateway, DATA_DIR: `${folder}/gateway` }, healthOn(port), ground),
    consumer: processOf(
      'persistence',
      { ...consumer, DATA_DIR: `${folder}/persistence` },
      healthOn(consumerPort),
      ground,
    ),
  };
}

function processOf(app: string, env: Environment, healthUrl: string, { profileDir }: Ground): ProcessPlan {
  const nodeArgs = profileDir ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}/${app}`] : [];
  return { entry: mainOf(app), env, healthUrl, nodeArgs };
}

function databaseOf({ postgres }: Ground, name: string): string {
  return postgres.urlOf(`bench_${name}`);
}

const readingsOn = (port: number) => `http://127.0.0.1:${port}/readings`;
const healthOn = (port: number) => `http://127.0.0.1:${port}/health/live`;
