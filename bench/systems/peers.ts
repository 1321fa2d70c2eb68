import { resolve } from 'node:path';
import { freePort } from '#testing';
import type { ProcessPlan } from '../measuring/bench-process.js';
import type { Ground, Plans, System } from './system.js';

/** Where `npm run bench` puts the compiled programs of `bench/peers`, beside their packages. */
const ENTRY = resolve('dist/peers/main.js');

const peerOf = (name: string, given: Partial<System> = {}): System => ({
  name,
  needs: 'broker',
  kind: 'peer',
  pausedBy: 'consumer',
  slow: false,
  plan: (ground) => planPeer(name, ground),
  ...given,
});

/** What everything is compared with. */
export const reference = peerOf('reference', { kind: 'reference' });

export const peers: readonly System[] = [
  peerOf('nest-rmq', { slow: true }),
  peerOf('golevelup'),
  peerOf('bullmq', { needs: 'redis', slow: true }),
  peerOf('pg-boss', { needs: undefined, slow: true }),
  peerOf('save', { needs: undefined, pausedBy: 'nothing', slow: true }),
].map((peer) =>
  peer.pausedBy === 'nothing' ? { ...peer, plan: async (ground) => alone(await peer.plan(ground)) } : peer,
);

async function planPeer(name: string, ground: Ground): Promise<Plans> {
  const port = await freePort();
  const env = {
    PEER: name,
    PORT: String(port),
    DATABASE_URL: ground.postgres.urlOf(`bench_${name}`),
    RABBITMQ_URL: (await ground.broker?.urlOf(name)) ?? '',
    REDIS_URL: ground.redis?.url ?? '',
  };
  const processOf = (ROLE: string): ProcessPlan => ({ entry: ENTRY, env: { ...env, ROLE } });
  return {
    url: `http://127.0.0.1:${port}/readings`,
    gateway: processOf('gateway'),
    consumer: processOf('consumer'),
  };
}

function alone(plans: Plans): Plans {
  return { ...plans, consumer: undefined };
}
