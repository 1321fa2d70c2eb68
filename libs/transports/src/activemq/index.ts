import type { TransportPlugin } from '../plugin.js';
import { ActivemqTransport } from './activemq-transport.js';
import { activemqSettings } from './settings.js';

export const activemq: TransportPlugin<typeof activemqSettings> = {
  name: 'activemq',
  settings: activemqSettings,
  create: (settings, { lanes }) => new ActivemqTransport(settings, lanes),
};
