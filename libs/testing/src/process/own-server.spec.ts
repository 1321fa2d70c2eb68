import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArtemisServer, findArtemis } from '../activemq/artemis-server.js';
import { ActiveMqClassicServer, findClassic } from '../activemq/classic-server.js';
import { CLASSIC_5 } from '../activemq/releases.js';
import { findKafka, KafkaServer } from '../kafka/kafka-server.js';
import { KAFKA_3 } from '../kafka/releases.js';
import { findNats } from '../nats/installation.js';
import { NatsServer } from '../nats/nats-server.js';
import { answers } from '../network/answers.js';
import { until } from '../until.js';
import { describeWith } from './describe-with.js';
import { ACCOUNT, type OwnServer } from './own-server.js';

/** Five programs that each take a processor for a while. */
const START_MS = 300_000;

interface Kind {
  readonly find: () => Promise<unknown>;
  readonly start: () => Promise<OwnServer & { readonly port: number }>;
  /** What makes it say something. */
  readonly greeting: Uint8Array;
}

const AMQP = Buffer.from('AMQP\x03\x01\0\0');
const API_VERSIONS = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);

const KINDS: Readonly<Record<string, Kind>> = {
  'A Kafka 4': { find: () => findKafka(), start: () => KafkaServer.start(), greeting: API_VERSIONS },
  'A Kafka 3 that asks for a password': {
    find: () => findKafka(KAFKA_3),
    start: () => KafkaServer.start({ release: KAFKA_3, account: ACCOUNT }),
    greeting: API_VERSIONS,
  },
  'An Artemis': { find: findArtemis, start: () => ArtemisServer.start(), greeting: AMQP },
  'An ActiveMQ Classic 6': { find: () => findClassic(), start: () => ActiveMqClassicServer.start(), greeting: AMQP },
  'An ActiveMQ Classic 5': {
    find: () => findClassic(CLASSIC_5),
    start: () => ActiveMqClassicServer.start({ release: CLASSIC_5 }),
    greeting: AMQP,
  },
  'A NATS': { find: findNats, start: () => NatsServer.start(), greeting: new Uint8Array() },
};

for (const [name, { find, start, greeting }] of Object.entries(KINDS)) {
  await describeWith(find, `${name} of our own`, () => {
    let server: Awaited<ReturnType<Kind['start']>>;

    beforeAll(async () => {
      server = await start();
    }, START_MS);

    afterAll(() => server?.remove());

    const talks = () => answers(server.port, greeting);

    test('says nothing while it is frozen', async () => {
      expect(await talks()).toBe(true);
      server.freeze();
      // The signal halts what runs at that moment a moment later.
      await until(async () => !(await talks()), 'it has fallen silent');
      server.thaw();
      await until(talks, 'it says something again');
    });

    test(
      'stops in good order, and starts again where it was',
      async () => {
        const mark = join(server.data, 'mark');
        writeFileSync(mark, '');
        await server.stop();
        expect(await talks()).toBe(false);
        await server.start();
        expect(await talks()).toBe(true);
        expect(existsSync(mark)).toBe(true);
      },
      START_MS,
    );

    test('leaves no folder behind when it is removed, even one that was killed', async () => {
      await server.crash();
      expect(await talks()).toBe(false);
      await server.remove();
      expect(existsSync(server.directory)).toBe(false);
    });
  });
}

await describeWith(findNats, 'A server of our own', () => {
  test('does not outlive the process that started it, even when that is killed', async () => {
    const program = `
    const { NatsServer } = await import(${JSON.stringify(import.meta.resolve('../nats/nats-server.js'))});
    const { port, directory } = await NatsServer.start();
    console.log(JSON.stringify({ port, directory }));
    setInterval(() => undefined, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const { port, directory } = JSON.parse(line.toString()) as { port: number; directory: string };
    expect(await answers(port, new Uint8Array())).toBe(true);
    owner.kill('SIGKILL');
    await until(async () => !(await answers(port, new Uint8Array())), 'it takes no connections');
    await until(() => !existsSync(directory), 'its data are gone');
  });

  test('tells what its program said when it does not come up', async () => {
    await expect(NatsServer.start({ settings: { nonsense: '{' } })).rejects.toThrow(
      /NATS ended at its start:\s+nats-server: Parse error/,
    );
  });
});
