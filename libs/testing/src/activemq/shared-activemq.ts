import { sharedServer } from '../process/shared-servers.js';

/**
 * The tests' ActiveMQ, as URL of its AMQP with credentials: `TEST_ACTIVEMQ_URL`, or the run's own Artemis, or its own
 * Classic, which starts when it is asked for.
 */
export async function sharedActiveMq(kind: 'artemis' | 'classic' = 'artemis'): Promise<string> {
  return process.env['TEST_ACTIVEMQ_URL'] || (await sharedServer<string>(kind));
}
