import { sharedServer } from '../process/shared-servers.js';

/** The tests' NATS, as URL with credentials: `TEST_NATS_URL`, or the run's own, which starts when it is asked for. */
export async function sharedNats(): Promise<string> {
  return process.env['TEST_NATS_URL'] || (await sharedServer<string>('nats'));
}
