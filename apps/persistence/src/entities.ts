import { Order } from './orders/order.js';
import { Reading } from './readings/reading.js';

/** Every table that handlers and queries reach through TypeORM. */
export const entities = [Order, Reading];
