import { SharedRabbitMq } from '#testing';

/** What ends the run's broker, if a test has asked for one. */
export let stopRabbitMq = async (): Promise<void> => undefined;

/** Before all tests: one RabbitMQ for the whole run, started when a test asks, unless `TEST_RABBITMQ_URL` names one already. */
export async function offerRabbitMq(): Promise<void> {
  if (process.env['TEST_RABBITMQ_URL']) return;
  const shared = await SharedRabbitMq.offer();
  stopRabbitMq = () => shared.end();
}
