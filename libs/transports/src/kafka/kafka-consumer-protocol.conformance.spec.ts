import { describeWithKafka, proveTransport } from '#testing';
import { KitBroker, planOn } from './kit-broker.fixture.js';

const START_MS = 240_000;
const broker = new KitBroker('consumer');

await describeWithKafka('On a Kafka of its own, with the consumer protocol', () => {
  beforeAll(() => broker.start(), START_MS);
  afterAll(() => broker.end());

  proveTransport(planOn(broker));
});
