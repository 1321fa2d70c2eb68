import type { Transport } from '#messaging';
import { loadSettings } from '#settings';
import type { Queue } from '#testing';
import { KafkaTransport } from './kafka-transport.js';
import { kafkaSettings } from './settings.js';

/** Where the kit's broker is and how to get in, for this process and for the peers that it starts: settings as JSON. */
export const KIT_SETTINGS = 'TEST_KAFKA_KIT_SETTINGS';

/** Short, so that cases with a dead connection take seconds, and long enough for a machine that is busy. */
const ANSWER_MS = 3_000;
const SESSION_MS = 6_000;

/** A Kafka transport on a queue of the kit: its prefix is the queue's name. */
export function create(queue: Queue, settings: Readonly<Record<string, string>> = {}): Transport {
  const kit = process.env[KIT_SETTINGS];
  if (!kit) throw new Error(`${KIT_SETTINGS} is not set: the spec sets it when its broker runs.`);
  const env = {
    ...(JSON.parse(kit) as Record<string, string>),
    KAFKA_PREFIX: queue.name,
    KAFKA_ANSWER_MS: String(ANSWER_MS),
    KAFKA_SESSION_MS: String(SESSION_MS),
    ...(queue.countMax && { KAFKA_LANE_COUNT_MAX: String(Math.ceil(queue.countMax / queue.lanes)) }),
    ...settings,
  };
  const { values } = loadSettings(kafkaSettings, { env, envFile: null });
  return new KafkaTransport(values, queue.lanes);
}
