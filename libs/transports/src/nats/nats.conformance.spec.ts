import { CAN_FILL_DISK, describeWithNats, proveTransport } from '#testing';
import { KitBroker } from './kit-broker.fixture.js';

const START_MS = 120_000;
const broker = new KitBroker();

await describeWithNats('On a NATS of its own', () => {
  beforeAll(() => broker.start(), START_MS);
  afterAll(() => broker.end());

  proveTransport({
    name: 'nats',
    guarantees: {
      // The server is told to write each message to its disk before it confirms it, and NATS_SYNC says that it was.
      durability: 'disk',
      moreDurable: 'set NATS_REPLICAS to 3',
      ordering: 'global',
      messageBytesMax: 1024 * 1024,
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
