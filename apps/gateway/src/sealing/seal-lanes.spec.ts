import { type AnswerOf, MoveStanding, SealLane } from '#contracts';
import { RequestUnavailable, type Envelope, type Guarantees, type Requests } from '#messaging';
import { createTestDirectory, MEMORY_GUARANTEES, until } from '#testing';

import { sealLanes, type Sealing } from './seal-lanes.js';
import { sealerOf } from './sealer.js';

const LANES = 4;
const move = { id: crypto.randomUUID(), from: 'tcp', to: 'rabbitmq', lanes: LANES };

/** An old transport and a persistence, of which a test says how far it is. */
function scene(changes: Partial<Sealing> & { readonly ordering?: Guarantees['ordering'] } = {}) {
  const { ordering = 'global', ...sealing } = changes;
  const published: Envelope[] = [];
  const lines: string[] = [];
  const stopping = new AbortController();
  const state = { published, lines, stopping, recorded: LANES, left: 0, move: move as typeof move | null, away: false };
  const requests = {
    ask: async (): Promise<AnswerOf<typeof MoveStanding>> => {
      if (state.away) throw new RequestUnavailable('No persistence process answers at 127.0.0.1:3201 yet.');
      const sealers = [{ sealer: 'queue', lanes: Math.min(state.recorded, published.length) }];
      return { move: state.move && { ...state.move, lanesSealed: state.recorded, sealers } };
    },
  } as unknown as Requests;
  const measured = { value: 0, exact: true };
  const run = () =>
    sealLanes({
      from: 'tcp',
      transport: {
        guarantees: { ...MEMORY_GUARANTEES, ordering },
        publish: async (envelope) => {
          published.push(envelope);
          return { durability: 'disk' };
        },
        backlog: async () => ({
          count: { value: state.left, exact: true },
          bytes: measured,
          oldestAtMs: measured,
          lanes: [],
          countMax: null,
          bytesMax: null,
        }),
      },
      requests,
      lanes: LANES,
      by: { sealer: 'queue', sealers: 1 },
      publishTimeoutMs: 1_000,
      waitMs: 5_000,
      log: (line) => lines.push(line),
      signal: stopping.signal,
      ...sealing,
    });
  return Object.assign(state, { run });
}

test('every lane gets its seal, and the run ends when persistence has recorded them', async () => {
  const state = scene();
  state.recorded = 1;
  const running = state.run();
  await until(() => state.lines.some((line) => line.startsWith('1 of 4')), 'the progress is told');
  state.recorded = LANES;
  await running;
  expect(state.published.map(({ type, lane }) => [type, lane])).toEqual(
    [0, 1, 2, 3].map((lane) => [SealLane.type, lane]),
  );
  expect(state.lines.at(-1)).toBe('Every lane is sealed. Start the gateways with TRANSPORT=rabbitmq.');
});

test('a gateway’s own spool must be empty as well', async () => {
  const state = scene({ ordering: 'per-gateway', waitMs: 300 });
  state.left = 2;
  await expect(state.run()).rejects.toThrow('2 commands are left in the spool of tcp. Repeat this run.');
  state.left = 0;
  await expect(state.run()).resolves.toBeUndefined();
});

test.each([
  ['no move is under way', null, /no move is under way.*DRAIN_FROM=tcp/],
  ['the move is from elsewhere', { ...move, from: 'kafka' }, /from kafka to rabbitmq.*DRAIN_FROM=tcp/],
  ['the lanes differ', { ...move, lanes: 8 }, /LANES is 4, but the installation has 8/],
])('nothing is published when %s', async (_, found, message) => {
  const state = scene();
  state.move = found;
  await expect(state.run()).rejects.toThrow(message);
  expect(state.published).toEqual([]);
});

test('it waits for a persistence that is not there yet, and a stop says that it may be repeated', async () => {
  const state = scene();
  state.away = true;
  const running = state.run();
  state.stopping.abort();
  await expect(running).rejects.toThrow(/repeat this run/);
  expect(state.published).toEqual([]);
});

test('seals that are not recorded in time are told, with why', async () => {
  const state = scene({ waitMs: 300 });
  state.recorded = 3;
  await expect(state.run()).rejects.toThrow(/After 300 ms 3 of 4 lanes.*repeat this run/);
});

test('a move that ends meanwhile ends the run', async () => {
  const state = scene();
  state.recorded = 0;
  const running = state.run();
  await until(() => state.published.length === LANES, 'the seals are stored');
  state.move = null;
  await expect(running).rejects.toThrow(/ended meanwhile/);
});

test('a shared queue has one sealer, a spool a name of its own that stays', async () => {
  const directory = await createTestDirectory();
  expect(await sealerOf({ ordering: 'global' }, directory.path, 3)).toEqual({ sealer: 'queue', sealers: 1 });
  const own = await sealerOf({ ordering: 'per-gateway' }, directory.path, 3);
  expect(own).toEqual({ sealer: expect.stringMatching(/^[0-9a-f-]{36}$/), sealers: 3 });
  expect(await sealerOf({ ordering: 'per-gateway' }, directory.path, 3)).toEqual(own);
  await directory.remove();
});
