import { until } from '#testing';
import { Signals, type Broadcasts } from './signals.js';

/** A broker of the test: what is sent is heard over every connection that asked for it. */
function broadcastsOf() {
  const heardOver: object[] = [];
  const hearers: ((content: Uint8Array) => void)[] = [];
  const broadcasts: Broadcasts<object> = {
    sendNotice: (content) => hearers.forEach((hear) => hear(content)),
    sendPresence: () => undefined,
    hearNotices: async (connection, onContent) => {
      heardOver.push(connection);
      hearers.push(onContent);
    },
    hearPresence: async () => undefined,
  };
  return { broadcasts, heardOver };
}

function signalsOf(broadcasts: Broadcasts<object>, onBroken: (reason: string) => void = () => undefined) {
  return new Signals({ broadcasts, instance: 'one', lanes: 4, onOwned: () => undefined, onBroken });
}

const BEFORE = ['the inboxes are attached', 'the connection is reached', 'anything else is done'] as const;

test.each(BEFORE)('notices are heard once over a connection when listening begins before %s', async (moment) => {
  const { broadcasts, heardOver } = broadcastsOf();
  const signals = signalsOf(broadcasts);
  const heard: string[] = [];
  const listenBefore = (now: (typeof BEFORE)[number]): void => {
    if (now === moment) signals.listen((notice) => heard.push(Buffer.from(notice).toString()));
  };
  const connection = {};
  listenBefore('the inboxes are attached');
  await signals.attachInboxes(connection);
  listenBefore('the connection is reached');
  signals.reach(connection);
  listenBefore('anything else is done');
  signals.notify(Buffer.from('applied'));
  expect(heardOver).toEqual([connection]);
  await until(() => heard.length, 'the notice is heard');
  expect(heard).toEqual(['applied']);
});

test('each connection that is made anew is listened to, and none where nobody listens', async () => {
  const { broadcasts, heardOver } = broadcastsOf();
  const signals = signalsOf(broadcasts);
  const [first, second, third] = [{ number: 1 }, { number: 2 }, { number: 3 }];
  await signals.attachInboxes(first);
  signals.reach(first);
  expect(heardOver).toEqual([]);
  signals.listen(() => undefined);
  for (const connection of [second, third]) {
    signals.reach(undefined);
    await signals.attachInboxes(connection);
    signals.reach(connection);
  }
  expect(heardOver).toEqual([first, second, third]);
});

test('notices that cannot be asked for break the connection, with the reason', async () => {
  const { broadcasts } = broadcastsOf();
  const hearNotices = () => Promise.reject(new Error('not allowed'));
  const broken = Promise.withResolvers<string>();
  const signals = signalsOf({ ...broadcasts, hearNotices }, broken.resolve);
  signals.reach({});
  signals.listen(() => undefined);
  expect(await broken.promise).toBe('not allowed');
});
