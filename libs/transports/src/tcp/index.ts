import type { TransportPlugin } from '../plugin.js';
import { tcpOptionsOf, tcpSettings } from './settings.js';
import { TcpTransport } from './tcp-transport.js';

export const tcp: TransportPlugin<typeof tcpSettings> = {
  name: 'tcp',
  settings: tcpSettings,
  create: (settings, installation) => new TcpTransport(tcpOptionsOf(settings, installation)),
};
