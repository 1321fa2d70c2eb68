import { loadSettings } from '#settings';
import { ActiveMqClassicServer, describeWithClassic, until } from '#testing';
import { ActivemqTransport } from './activemq-transport.js';
import { activemqSettings } from './settings.js';

const START_MS = 180_000;
const DEADLINE_MS = 5_000;

function make(server: ActiveMqClassicServer): ActivemqTransport {
  const env = { ACTIVEMQ_URLS: server.url, ACTIVEMQ_PREFIX: 'probed' };
  return new ActivemqTransport(loadSettings(activemqSettings, { env, envFile: null }).values, 2);
}

async function opened(server: ActiveMqClassicServer): Promise<void> {
  const transport = make(server);
  try {
    await transport.open();
  } finally {
    await transport.close(DEADLINE_MS);
  }
}

await describeWithClassic('What the start on a Classic finds out by trying', () => {
  test(
    'is that its default changes the order of what is given back: it is refused, with the setting to change',
    async () => {
      const server = await ActiveMqClassicServer.start({ strictOrder: false });
      try {
        await expect(opened(server)).rejects.toMatchObject({
          setting: 'ACTIVEMQ_URLS',
          message: expect.stringMatching(/strictOrderDispatch="true".*probed\.commands\.>/),
        });
      } finally {
        await server.remove();
      }
    },
    START_MS,
  );

  test(
    'does not mislead processes that start at the same time',
    async () => {
      const server = await ActiveMqClassicServer.start();
      try {
        const transports = Array.from({ length: 8 }, () => make(server));
        await Promise.all(transports.map((transport) => transport.open()));
        const heard = new Set<number>();
        for (const [index, transport] of transports.entries()) transport.listen(() => heard.add(index));
        // Only who has tried the broker hears anything.
        const all = () => {
          transports[0]!.notify(Buffer.from('an outcome'));
          return heard.size === transports.length;
        };
        await until(all, 'each of them hears of outcomes', START_MS / 2);
        expect(transports.map(({ health }) => health.state.status)).toEqual(transports.map(() => 'up'));
        await Promise.all(transports.map((transport) => transport.close(DEADLINE_MS)));
      } finally {
        await server.remove();
      }
    },
    START_MS,
  );
});
