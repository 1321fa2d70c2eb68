import { describeWithArtemis, proveTransport } from '#testing';
import { KitArtemis } from './kit-broker.fixture.js';

const START_MS = 180_000;
const broker = new KitArtemis();

await describeWithArtemis('On an Artemis of its own', () => {
  beforeAll(() => broker.start(), START_MS);
  afterAll(() => broker.end());

  proveTransport({
    name: 'activemq',
    guarantees: {
      // The journal is synchronised with the disk before a message is accepted, which the start verifies.
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
    skips: {
      // It refuses beyond `max-disk-usage`, but where it cannot write at all it ends itself, and may not come back by itself.
      'fault fillDisk': ['44'],
    },
  });
});
