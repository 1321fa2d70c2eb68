import { describeWithRabbitMq, proveTransport } from '#testing';
import { planBehindSpool, SKIPS_BEHIND_SPOOL } from './failover/conformance-subject.js';
import { KitBroker } from './rabbitmq/kit-broker.fixture.js';

const START_MS = 240_000;
const broker = new KitBroker();

await describeWithRabbitMq('On a RabbitMQ of its own', () => {
  beforeAll(() => broker.start(), START_MS);
  afterAll(() => broker.end());

  proveTransport({
    name: 'rabbitmq with SPOOL=failover',
    ...planBehindSpool(broker),
    processModule: import.meta.resolve('./rabbitmq-behind-spool.subject.js'),
    bounded: true,
    documented: true,
    skips: {
      ...SKIPS_BEHIND_SPOOL,
    },
  });
});
