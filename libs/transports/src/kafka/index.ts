import type { TransportPlugin } from '../plugin.js';
import { KafkaTransport } from './kafka-transport.js';
import { kafkaSettings } from './settings.js';

export const kafka: TransportPlugin<typeof kafkaSettings> = {
  name: 'kafka',
  settings: kafkaSettings,
  create: (settings, { lanes }) => new KafkaTransport(settings, lanes),
};
