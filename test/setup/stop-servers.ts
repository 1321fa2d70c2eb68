import { stopPostgres } from './start-postgres.js';
import { stopBrokers } from './offer-brokers.js';

export default async function stopServers(): Promise<void> {
  await stopBrokers();
  await stopPostgres();
}
