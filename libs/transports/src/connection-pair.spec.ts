import { within } from '#testing';
import { ConnectionPair } from './connection-pair.js';
import type { Endpoint, Line } from './supervised-connection.js';

const TURNS = 12;

/** An address whose connections stand at once, until they are said goodbye to. */
const endpoint: Endpoint<Line> = {
  name: 'a broker of the test',
  refusalOf: () => undefined,
  async dial() {
    const { promise: lost, resolve } = Promise.withResolvers<void>();
    return { lost, goodbye: resolve };
  },
};

test.each(Array.from({ length: TURNS }, (_, turns) => turns))(
  'whoever begins to consume %i turns after the set-up is given the connection, or attached when it stands',
  async (turns) => {
    let consumes = false;
    const consumer = Promise.withResolvers<Line>();
    const begin = async (): Promise<void> => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      consumes = true;
      const { line } = pair.consuming;
      if (line) consumer.resolve(line);
    };
    const pair = new ConnectionPair<Line>({
      endpoints: [endpoint],
      setUpPublishing: async () => undefined,
      setUpConsuming: async () => void begin(),
      onConsumingUp: (line) => {
        if (consumes) consumer.resolve(line);
      },
      onConsumingDown: () => undefined,
      random: () => 0,
    });
    await pair.open();
    expect(await within(consumer.promise, 'it has its connection', 1_000)).toBe(pair.consuming.line);
    await pair.close(1_000);
  },
);
