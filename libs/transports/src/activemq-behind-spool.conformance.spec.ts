import { CAN_FILL_DISK, describeWithArtemis, proveTransport } from '#testing';
import { KitArtemis } from './activemq/kit-broker.fixture.js';
import { planBehindSpool, SKIPS_BEHIND_SPOOL } from './failover/conformance-subject.js';

const START_MS = 240_000;
const broker = new KitArtemis();

await describeWithArtemis('On an Artemis of its own', () => {
  beforeAll(() => broker.start(), START_MS);
  afterAll(() => broker.end());

  proveTransport({
    name: 'activemq with SPOOL=failover',
    ...planBehindSpool(broker),
    processModule: import.meta.resolve('./activemq-behind-spool.subject.js'),
    bounded: true,
    documented: CAN_FILL_DISK,
    skips: { ...SKIPS_BEHIND_SPOOL, ...(!CAN_FILL_DISK && { 'fault fillDisk': ['44'] }) },
  });
});
