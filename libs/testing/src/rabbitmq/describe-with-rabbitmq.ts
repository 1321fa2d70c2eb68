import { findRabbitMq } from './installation.js';

/** Registers the suite where a RabbitMQ can be had. Elsewhere its one test tells why nothing was tried. */
export async function describeWithRabbitMq(name: string, suite: () => void): Promise<void> {
  const reason = await whyNoRabbitMq();
  if (reason === undefined) {
    describe(name, suite);
    return;
  }
  describe(name, () => {
    test('could not be tried here', () => {
      process.stdout.write(`${name}: not tried. ${reason}\n`);
    });
  });
}

/** In CI they must run, so there a missing broker is an error. */
async function whyNoRabbitMq(): Promise<string | undefined> {
  if (process.env['TEST_RABBITMQ_URL']) return undefined;
  const found = await findRabbitMq();
  if (typeof found !== 'string') return undefined;
  if (process.env['CI'] === 'true') throw new Error(found);
  return found;
}
