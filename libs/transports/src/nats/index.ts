import type { TransportPlugin } from '../plugin.js';
import { NatsTransport } from './nats-transport.js';
import { natsSettings } from './settings.js';

export const nats: TransportPlugin<typeof natsSettings> = {
  name: 'nats',
  settings: natsSettings,
  create: (settings, { lanes }) => new NatsTransport(settings, lanes),
};
