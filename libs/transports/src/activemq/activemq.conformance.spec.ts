import { CAN_FILL_DISK, describeWithArtemis, proveTransport } from '#testing';
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
    documented: CAN_FILL_DISK,
    faults: broker.faults,
    skips: CAN_FILL_DISK ? {} : { 'fault fillDisk': ['44'] },
  });
});
