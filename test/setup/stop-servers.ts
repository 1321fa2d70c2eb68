import { stopPostgres } from './start-postgres.js';
import { stopRabbitMq } from './offer-rabbitmq.js';

export default async function stopServers(): Promise<void> {
  await stopRabbitMq();
  await stopPostgres();
}
