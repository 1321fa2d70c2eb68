import { CAN_FILL_DISK, describeWithNats, proveTransport, type Faults } from '#testing';
import { planBehindSpool, SKIPS_BEHIND_SPOOL } from './failover/conformance-subject.js';
import { KitBroker } from './nats/kit-broker.fixture.js';

const START_MS = 120_000;
const broker = new KitBroker();
/** A stream that is gone looks like a server without JetStream, for which the spool is there: what has nowhere to go waits in it. */
const faults = Object.fromEntries(Object.entries(broker.faults).filter(([name]) => name !== 'unbind')) as Faults;
const plan = planBehindSpool({ create: broker.create, remove: broker.remove, faults });
const { durability, ...others } = plan.guarantees;

await describeWithNats('On a NATS of its own', () => {
  beforeAll(() => broker.start(), START_MS);
  afterAll(() => broker.end());

  proveTransport({
    name: 'nats with SPOOL=failover',
    ...plan,
    // In the order in which the transport tells them, as the kit compares.
    guarantees: { durability, moreDurable: 'set NATS_REPLICAS to 3', ...others },
    processModule: import.meta.resolve('./nats-behind-spool.subject.js'),
    bounded: true,
    documented: CAN_FILL_DISK,
    skips: {
      ...SKIPS_BEHIND_SPOOL,
      'fault unbind': ['6'],
      ...(!CAN_FILL_DISK && { 'fault fillDisk': ['44'] }),
    },
  });
});
