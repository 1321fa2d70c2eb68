export * from './bulk/bulk-insert.js';
export * from './handling/decorators.js';
export * from './handling/handler.js';
export * from './orders/cancel-order.handler.js';
export * from './orders/place-order.handler.js';
export * from './persistence.module.js';
export * from './readings/record-reading.handler.js';
export * from './settings.js';
