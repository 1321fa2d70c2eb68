import { resolve } from 'node:path';
import { freePort } from '#testing';
import type { ProcessPlan } from '../measuring/bench-process.js';
import type { ServerName } from '../servers/index.js';
import { profiledBy, serverUrlOf, type Ground, type Plans, type System } from './system.js';

/** Where `npm run bench` puts the compiled programs of `bench/peers`, beside their packages. */
const ENTRY = resolve('dist/peers/main.js');

/** Under which setting a peer finds its server. */
const URL_SETTINGS = { rabbitmq: 'RABBITMQ_URL', redis: 'REDIS_URL' } as const satisfies Partial<
  Record<ServerName, string>
>;

type Told = Omit<System, 'needs' | 'plan'> & { readonly needs: keyof typeof URL_SETTINGS | undefined };

function peerOf(name: string, given: Partial<Told> = {}): System {
  const told: Told = { name, needs: 'rabbitmq', kind: 'peer', pausedBy: 'consumer', slow: false, ...given };
  return { ...told, plan: (ground) => planPeer(told, ground) };
}

/** What everything is compared with. */
export const reference = peerOf('reference', { kind: 'reference' });

export const peers: readonly System[] = [
  peerOf('reference-16', { onRequest: true }),
  peerOf('nest-rmq', { slow: true }),
  peerOf('golevelup'),
  peerOf('bullmq', { needs: 'redis', slow: true }),
  peerOf('pg-boss', { needs: undefined, slow: true }),
  peerOf('save', { needs: undefined, pausedBy: 'nothing', slow: true }),
];

async function planPeer(told: Told, ground: Ground): Promise<Plans> {
  const { name, needs, pausedBy } = told;
  const port = await freePort();
  const env = {
    PEER: name,
    PORT: String(port),
    DATABASE_URL: ground.postgres.urlOf(`bench_${name}`),
    ...(needs && { [URL_SETTINGS[needs]]: await serverUrlOf(told, ground) }),
  };
  const processOf = (role: 'gateway' | 'consumer'): ProcessPlan => ({
    entry: ENTRY,
    env: { ...env, ROLE: role },
    nodeArgs: profiledBy(ground, name, role),
  });
  return {
    url: `http://127.0.0.1:${port}/readings`,
    gateway: processOf('gateway'),
    consumer: pausedBy === 'nothing' ? undefined : processOf('consumer'),
  };
}
