import 'reflect-metadata';
import type { Peer, Surroundings } from './peer.js';

/** The reference and the peers, loaded by name so that each process holds only its own. */
const PEERS: Readonly<Record<string, () => Promise<{ readonly peer: Peer }>>> = {
  reference: () => import('./reference.js'),
  'reference-16': () => import('./reference-16.js'),
  'nest-rmq': () => import('./nest-rmq.js'),
  golevelup: () => import('./golevelup.js'),
  bullmq: () => import('./bullmq.js'),
  'pg-boss': () => import('./pg-boss.js'),
  save: () => import('./save.js'),
};

const { PEER = '', ROLE = '', PORT, DATABASE_URL = '', RABBITMQ_URL = '', REDIS_URL = '' } = process.env;
const surroundings: Surroundings = {
  port: Number(PORT),
  databaseUrl: DATABASE_URL,
  rabbitmqUrl: RABBITMQ_URL,
  redisUrl: REDIS_URL,
};

const load = PEERS[PEER];
if (!load) throw new Error(`There is no peer '${PEER}'; there are ${Object.keys(PEERS).join(', ')}.`);
const { peer } = await load();
await (ROLE === 'gateway' ? peer.gateway(surroundings) : peer.consumer?.(surroundings));
process.once('SIGTERM', () => process.exit(0));
process.send?.('ready');
