import { describeWithRabbitMq, proveTransport } from '#testing';
import { faultsBehind, spooled } from './failover/conformance-subject.js';
import { KitBroker } from './rabbitmq/kit-broker.fixture.js';

const START_MS = 120_000;
const broker = new KitBroker();

await describeWithRabbitMq('On a RabbitMQ of its own', () => {
  beforeAll(() => broker.start(), START_MS);
  afterAll(() => broker.end());

  proveTransport({
    name: 'rabbitmq with SPOOL=failover',
    storesWhileAway: true,
    guarantees: {
      durability: 'disk',
      ordering: 'per-gateway',
      // Half of the entry that a spool of 16 MiB takes.
      messageBytesMax: 512 * 1024,
      publishers: 'many',
      consumers: 'many',
    },
    create: (queue) => spooled(queue, broker.create),
    remove: broker.remove,
    processModule: import.meta.resolve('./rabbitmq-behind-spool.subject.js'),
    bounded: true,
    documented: true,
    faults: faultsBehind(broker.faults),
    skips: {
      'global ordering': ['16b'],
      // A broker that is away is what the spool is for. The spool's own specs take the broker away, and freeze it.
      'refusal while away': ['5', '9b', '36b', '40'],
    },
  });
});
