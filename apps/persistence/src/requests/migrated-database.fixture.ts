import { DataSource } from 'typeorm';

import { CreateLedger1763800000000 } from '../migrations/1763800000000-create-ledger.js';
import { CreateOrdersAndReadings1763800000001 } from '../migrations/1763800000001-create-orders-and-readings.js';
import { Order } from '../orders/order.js';
import { Reading } from '../readings/reading.js';
import { RequestDatabase } from './request-database.js';

export interface MigratedDatabase {
  readonly url: string;
  readonly source: DataSource;
  readonly requests: RequestDatabase;
  drop(): Promise<void>;
}

/** Gives an empty database of a spec all tables, and opens the two ways to it that the product has. */
export async function migrate(database: { readonly url: string; drop(): Promise<void> }): Promise<MigratedDatabase> {
  const entities = [Order, Reading];
  const migrations = [CreateLedger1763800000000, CreateOrdersAndReadings1763800000001];
  const source = await new DataSource({ type: 'postgres', url: database.url, entities, migrations }).initialize();
  await source.runMigrations();
  await source.query('INSERT INTO installation (lanes) VALUES (16)');
  const requests = new RequestDatabase({ url: database.url, entities, connectionsMax: 2, timeoutMs: 5_000 });
  return {
    url: database.url,
    source,
    requests,
    drop: async () => {
      await requests.close();
      await source.destroy();
      await database.drop();
    },
  };
}
