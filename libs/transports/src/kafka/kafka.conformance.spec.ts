import { describeWithKafka, proveTransport } from '#testing';
import { KitBroker, planOn } from './kit-broker.fixture.js';

const START_MS = 240_000;
const broker = new KitBroker('classic');

await describeWithKafka('On a Kafka of its own, with the classic protocol', () => {
  beforeAll(() => broker.start(), START_MS);
  afterAll(() => broker.end());

  proveTransport({ ...planOn(broker), documented: true });
});
