import type { Transport } from '#messaging';
import { loadSettings } from '#settings';
import type { Queue } from '#testing';
import { NatsTransport } from './nats-transport.js';
import { natsSettings } from './settings.js';

/** Where the kit's server is, for this process and for the peers that it starts. */
export const KIT_URL = 'TEST_NATS_KIT_URL';

/** Short, so that cases with a dead connection take seconds, and long enough for a machine that is busy. */
const HEARTBEAT_MS = 2_000;
/** Little enough that the kit's server, with a small disk, sets it aside for the lanes of several queues. */
const LANE_BYTES_MAX = 32 * 1024 * 1024;

/** A NATS transport on a queue of the kit: its prefix is the queue's name. */
export function create(queue: Queue, url = process.env[KIT_URL]): Transport {
  if (!url) throw new Error(`${KIT_URL} is not set: the spec sets it when its server runs.`);
  const env = {
    NATS_URLS: url,
    NATS_PREFIX: queue.name,
    NATS_SYNC: 'always',
    NATS_HEARTBEAT_MS: String(HEARTBEAT_MS),
    NATS_LANE_BYTES_MAX: String(LANE_BYTES_MAX),
    ...(queue.countMax && { NATS_LANE_COUNT_MAX: String(Math.ceil(queue.countMax / queue.lanes)) }),
  };
  const { values } = loadSettings(natsSettings, { env, envFile: null });
  return new NatsTransport(values, queue.lanes);
}
