import { describeWithRabbitMq, proveTransport } from '#testing';
import { KitBroker } from './kit-broker.fixture.js';

const START_MS = 240_000;
const broker = new KitBroker();

await describeWithRabbitMq('On a RabbitMQ of its own', () => {
  beforeAll(() => broker.start(), START_MS);
  afterAll(() => broker.end());

  proveTransport({
    name: 'rabbitmq',
    guarantees: {
      // Quorum queues write each command to the disk of every replica before they confirm it; one replica is no majority of several.
      durability: 'disk',
      ordering: 'global',
      messageBytesMax: 4 * 1024 * 1024,
      publishers: 'many',
      consumers: 'many',
    },
    create: broker.create,
    remove: broker.remove,
    processModule: import.meta.resolve('./conformance-subject.js'),
    bounded: true,
    documented: true,
    faults: broker.faults,
    skips: {},
  });
});
