import { CAN_FILL_DISK, describeWithClassic, proveTransport } from '#testing';
import { KitClassic } from './activemq/kit-broker.fixture.js';
import { planBehindSpool, SKIPS_BEHIND_SPOOL } from './failover/conformance-subject.js';

const START_MS = 240_000;
const broker = new KitClassic();

await describeWithClassic('On an ActiveMQ Classic of its own', () => {
  beforeAll(() => broker.start(), START_MS);
  afterAll(() => broker.end());

  proveTransport({
    name: 'activemq (Classic) with SPOOL=failover',
    ...planBehindSpool(broker),
    processModule: import.meta.resolve('./activemq-behind-spool.subject.js'),
    documented: CAN_FILL_DISK,
    skips: {
      ...SKIPS_BEHIND_SPOOL,
      // As without a spool, for the same reasons.
      'fault unbind': ['6'],
      'bounded queue': ['7'],
      ...(!CAN_FILL_DISK && { 'fault fillDisk': ['44'] }),
    },
  });
});
