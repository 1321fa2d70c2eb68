import { transportNames } from '#transports';
import { docker } from './docker.js';

/** What stands between the apps; nothing where they speak with each other, or are one process. */
const BROKERS: Readonly<Record<string, readonly string[]>> = {
  tcp: [],
  rabbitmq: ['rabbitmq'],
  kafka: ['kafka'],
  activemq: ['activemq'],
  nats: ['nats'],
};

test('every transport of several processes has a stack', () => {
  expect(Object.keys(BROKERS).toSorted()).toEqual(transportNames.filter((name) => name !== 'in-process').toSorted());
});

test.each(Object.entries(BROKERS))(
  'TRANSPORT=%s starts the apps, the database and its own broker',
  async (transport, brokers) => {
    const listed = await docker(['compose', '--env-file', '/dev/null', 'config', '--services'], {
      TRANSPORT: transport,
    });
    expect(listed.split('\n').toSorted()).toEqual(['gateway', 'persistence', 'postgres', ...brokers].toSorted());
  },
);
