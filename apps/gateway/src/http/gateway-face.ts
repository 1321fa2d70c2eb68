import type { AssembledApp } from '#starting';
import type { GatewaySettings } from '../settings.js';
import { configureGateway } from './configure-gateway.js';
import { createGatewayAdapter } from './gateway-adapter.js';

/** How an application shows itself as a gateway: its server, its shell, and where it listens. */
export function gatewayFace(settings: GatewaySettings): Omit<AssembledApp, 'root'> {
  return {
    adapter: createGatewayAdapter(settings),
    place: { host: settings.HOST, port: settings.PORT, settings: { host: 'HOST', port: 'PORT' } },
    configure: (app) => configureGateway(app, settings),
  };
}
