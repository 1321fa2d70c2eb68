import { describeWithKafka, proveTransport } from '#testing';
import { planBehindSpool, SKIPS_BEHIND_SPOOL } from './failover/conformance-subject.js';
import { KitBroker } from './kafka/kit-broker.fixture.js';

const START_MS = 240_000;
const broker = new KitBroker('classic');

await describeWithKafka('On a Kafka of its own, behind the spool', () => {
  beforeAll(() => broker.start(), START_MS);
  afterAll(() => broker.end());

  proveTransport({
    name: 'kafka with SPOOL=failover',
    ...planBehindSpool(broker),
    processModule: import.meta.resolve('./kafka-behind-spool.subject.js'),
    bounded: true,
    documented: true,
    skips: {
      ...SKIPS_BEHIND_SPOOL,
      // A broker whose disk is full does not refuse: it ends.
      'fault fillDisk': ['44'],
    },
  });
});
