import type { Transport } from '#messaging';
import { loadSettings } from '#settings';
import type { Queue } from '#testing';
import { ActivemqTransport } from './activemq-transport.js';
import { activemqSettings } from './settings.js';

/** Where the kit's broker is, for this process and for the peers that it starts. */
export const KIT_URL = 'TEST_ACTIVEMQ_KIT_URL';

/** Short, so that cases with a dead connection take seconds, and long enough for a machine that is busy. */
const HEARTBEAT_MS = 2_000;

/** An ActiveMQ transport on a queue of the kit: its prefix is the queue's name. */
export function create(queue: Queue, url = process.env[KIT_URL]): Transport {
  if (!url) throw new Error(`${KIT_URL} is not set: the spec sets it when its broker runs.`);
  const env = {
    ACTIVEMQ_URLS: url,
    ACTIVEMQ_PREFIX: queue.name,
    ACTIVEMQ_HEARTBEAT_MS: String(HEARTBEAT_MS),
    ...(queue.countMax && { ACTIVEMQ_LANE_COUNT_MAX: String(Math.ceil(queue.countMax / queue.lanes)) }),
  };
  const { values } = loadSettings(activemqSettings, { env, envFile: null });
  return new ActivemqTransport(values, queue.lanes);
}
