import type { TransportPlugin } from '../plugin.js';
import { RabbitmqTransport } from './rabbitmq-transport.js';
import { rabbitmqSettings } from './settings.js';

export const rabbitmq: TransportPlugin<typeof rabbitmqSettings> = {
  name: 'rabbitmq',
  settings: rabbitmqSettings,
  create: (settings, { lanes }) => new RabbitmqTransport(settings, lanes),
};
