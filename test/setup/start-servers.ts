import { offerBrokers } from './offer-brokers.js';
import { startPostgres } from './start-postgres.js';

export default async function startServers(): Promise<void> {
  await startPostgres();
  await offerBrokers();
}
