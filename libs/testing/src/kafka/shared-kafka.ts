import { sharedServer } from '../process/shared-servers.js';

/** The tests' Kafka, as `host:port` to start from: `TEST_KAFKA_BROKERS`, or the run's own, which starts when it is asked for. */
export async function sharedKafka(): Promise<string> {
  return process.env['TEST_KAFKA_BROKERS'] || (await sharedServer<string>('kafka'));
}
