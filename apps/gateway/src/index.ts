export * from './gateway-process.js';
export * from './gateway.module.js';
export * from './http/configure-gateway.js';
export { createGatewayAdapter, GatewayAdapter } from './http/gateway-adapter.js';
export * from './http/gateway-face.js';
export { transportRules } from './http/start-rules.js';
export { sealingSettings } from './sealing/settings.js';
export * from './setting-rules.js';
export * from './settings.js';
