import { ArtemisServer, describeWithArtemis, until } from '#testing';
import { setTimeout } from 'node:timers/promises';
import { loadSettings } from '#settings';
import { ActivemqTransport } from './activemq-transport.js';
import { manage } from './plain-client.fixture.js';
import { activemqSettings } from './settings.js';

const START_MS = 180_000;
/** The length of the fault: a transport has looked once by then, and looks again. */
const MOMENT_MS = 500;

let server: ArtemisServer;
let prefix = 0;

function make(env: Record<string, string> = {}, lanes = 2): ActivemqTransport {
  const place = { ACTIVEMQ_URLS: server.url, ACTIVEMQ_PREFIX: `refusal-${prefix}` };
  return new ActivemqTransport(
    loadSettings(activemqSettings, { env: { ...place, ...env }, envFile: null }).values,
    lanes,
  );
}

async function opened(env: Record<string, string> = {}, lanes = 2): Promise<void> {
  const transport = make(env, lanes);
  try {
    await transport.open();
  } finally {
    await transport.close(1_000);
  }
}

await describeWithArtemis('What the start on an Artemis refuses', () => {
  beforeAll(async () => {
    server = await ArtemisServer.start();
  }, START_MS);

  beforeEach(() => {
    prefix += 1;
  });

  afterAll(() => server.remove());

  test('is a wrong password, which is not shown', async () => {
    const url = server.url.replace(/:[^:@]*@/, ':not-it@');
    const refusal = opened({ ACTIVEMQ_URLS: url });
    await expect(refusal).rejects.toMatchObject({
      setting: 'ACTIVEMQ_URLS',
      message: expect.stringMatching(/refuses the user/),
    });
    await expect(refusal).rejects.not.toMatchObject({ message: expect.stringMatching(/not-it/) });
  });

  test('is another number of lanes, and both are told', async () => {
    await opened();
    await expect(opened({}, 3)).rejects.toMatchObject({
      setting: 'LANES',
      message: expect.stringMatching(/has 2 lanes at the broker, and LANES is 3/),
    });
  });

  test('is another bound than the one that is there', async () => {
    await opened();
    await expect(opened({ ACTIVEMQ_LANE_COUNT_MAX: '500' })).rejects.toMatchObject({
      setting: 'ACTIVEMQ_LANE_COUNT_MAX',
    });
  });

  test('is an address whose messages would be dead-lettered for being given back', async () => {
    await opened();
    const settings = JSON.stringify({ maxDeliveryAttempts: 10 });
    await manage(server.url, 'addAddressSettings', `refusal-${prefix}.commands.0-of-2`, settings);
    await expect(opened()).rejects.toMatchObject({
      setting: 'ACTIVEMQ_PREFIX',
      message: expect.stringMatching(/maxDeliveryAttempts 10, and it must be -1/),
    });
  });

  test('is not what a broker shows for a moment, as one does that reads its configuration again', async () => {
    await opened();
    const lane = `refusal-${prefix}.commands.0-of-2`;
    await manage(server.url, 'addAddressSettings', lane, JSON.stringify({ maxDeliveryAttempts: 10 }));
    const opening = opened();
    await setTimeout(MOMENT_MS);
    await manage(server.url, 'removeAddressSettings', lane);
    await expect(opening).resolves.toBeUndefined();
  });

  test('is a queue that others share', async () => {
    await opened();
    const configuration = JSON.stringify({ name: `refusal-${prefix}.commands.1-of-2`, exclusive: false });
    await manage(server.url, 'updateQueue', configuration);
    await expect(opened()).rejects.toMatchObject({ message: expect.stringMatching(/1-of-2 must be exclusive/) });
  });

  test('is told by its health while nobody answers, and is no refusal', async () => {
    const transport = make({ ACTIVEMQ_URLS: 'amqp://127.0.0.1:1' });
    const opening = transport.open().catch((error: Error) => error.message);
    await until(() => transport.health.state.reason?.includes('ECONNREFUSED'), 'its health tells what is wrong');
    await transport.close(1_000);
    expect(await opening).toMatch(/closed before/);
  });
});
