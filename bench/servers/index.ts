import { BenchBroker } from './broker.js';
import { startArtemis, startClassic, startKafka, startNats } from './brokers.js';
import { RedisServer } from './redis.js';
import type { ServerKind } from './server.js';

/** One line for each server that systems may need; they name it by its key. */
const KINDS = {
  rabbitmq: { title: 'RabbitMQ', start: () => BenchBroker.start() },
  kafka: { title: 'Kafka', start: startKafka },
  artemis: { title: 'ActiveMQ Artemis', start: startArtemis },
  classic: { title: 'ActiveMQ Classic', start: startClassic },
  nats: { title: 'NATS', start: startNats },
  redis: { title: 'Redis', start: (directory) => RedisServer.start(directory) },
} as const satisfies Readonly<Record<string, ServerKind>>;

export type ServerName = keyof typeof KINDS;

export const SERVERS: Readonly<Record<ServerName, ServerKind>> = KINDS;
