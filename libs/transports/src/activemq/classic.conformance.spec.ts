import { CAN_FILL_DISK, describeWithClassic, proveTransport } from '#testing';
import { KitClassic } from './kit-broker.fixture.js';

const START_MS = 180_000;
const broker = new KitClassic();

await describeWithClassic('On an ActiveMQ Classic of its own', () => {
  beforeAll(() => broker.start(), START_MS);
  afterAll(() => broker.end());

  proveTransport({
    name: 'activemq (Classic)',
    guarantees: {
      // KahaDB is synchronised with the disk before a message is accepted.
      durability: 'disk',
      ordering: 'global',
      messageBytesMax: 4 * 1024 * 1024,
      publishers: 'many',
      consumers: 'many',
    },
    create: broker.create,
    remove: broker.remove,
    processModule: import.meta.resolve('./conformance-subject.js'),
    documented: CAN_FILL_DISK,
    faults: broker.faults,
    skips: {
      // Sending to a queue that was deleted makes it again.
      'fault unbind': ['6'],
      // It bounds its store as a whole, not a queue.
      'bounded queue': ['7'],
      ...(!CAN_FILL_DISK && { 'fault fillDisk': ['44'] }),
    },
  });
});
