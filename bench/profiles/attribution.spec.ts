import { readdirSync } from 'node:fs';
import { phaseOf, sharesOf } from './attribution.js';
import type { Frame } from './cpu-profile.js';
import { NOT_ATTRIBUTED, RANKS } from './phases.js';

const TREE = 'file:///somewhere/dist';

const at = (place: string, functionName = 'run'): Frame => ({
  functionName,
  url: place.startsWith('node:') || place === '' ? place : `${TREE}/${place}`,
  lineNumber: 0,
});

const HTTP = [at('node:_http_server'), at('node_modules/fastify/lib/handle-request.js')];
const WRITE = [at('node:net'), at('node:internal/stream_base_commons'), at('', 'writev')];

it('the innermost function that the rules know pays, and native code with it', () => {
  const publisher = at('libs/transports/src/rabbitmq/publisher.js');
  const submission = at('apps/gateway/src/submission/commands.js');
  expect(phaseOf([...HTTP, submission, at('', 'stringify')])).toBe('envelope');
  expect(phaseOf([...HTTP, submission, at('libs/spool/src/spool.js'), ...WRITE])).toBe('publish');
  expect(phaseOf([...HTTP, publisher, at('node_modules/amqplib/lib/channel.js'), ...WRITE])).toBe('publish');
  expect(phaseOf([...HTTP, ...WRITE])).toBe('HTTP');
});

it('a query belongs to what asked for it, and its answer to the database', () => {
  const client = at('apps/persistence/src/database/tracked-client.js');
  const pg = at('node_modules/pg/lib/client.js', 'query');
  const run = at('apps/persistence/src/engine/batch-run.js');
  expect(phaseOf([run, at('apps/persistence/src/ledger/ledger.js'), client, pg, ...WRITE])).toBe('ledger');
  expect(phaseOf([run, at('apps/persistence/src/readings/record-reading.handler.js'), client, pg])).toBe('effect');
  expect(phaseOf([run, at('apps/persistence/src/database/transaction-steps.js', 'commit'), client, pg])).toBe('commit');
  expect(phaseOf([at('node:net'), at('node_modules/pg-protocol/dist/parser.js')])).toBe('database answers');
});

it('settling is told from receiving by the name of the function', () => {
  const session = 'libs/transports/src/rabbitmq/lane-session.js';
  expect(phaseOf([at(session, 'add')])).toBe('wire');
  expect(phaseOf([at(session, '#advance'), ...WRITE])).toBe('advance');
});

it('collecting garbage is told apart, and what nobody knows is told as that', () => {
  expect(phaseOf([at('', '(garbage collector)')])).toBe('garbage collection');
  expect(phaseOf([at('', '(program)')])).toBe(NOT_ATTRIBUTED);
  expect(phaseOf([at('node_modules/unheard-of/index.js')])).toBe(NOT_ATTRIBUTED);
});

it('shares are of all time, the largest first', () => {
  const stacks = [
    { frames: [at('libs/spool/src/spool.js')], us: 30 },
    { frames: HTTP, us: 60 },
    { frames: [at('', '(program)')], us: 10 },
  ];
  expect([...sharesOf(stacks)]).toEqual([
    ['HTTP', 0.6],
    ['publish', 0.3],
    [NOT_ATTRIBUTED, 0.1],
  ]);
});

it('every rule about our own code still finds some', () => {
  const places = ['apps', 'libs'].flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' }).map((path) => `${room}/${path.replaceAll('\\', '/')}`),
  );
  const code = places
    .filter((path) => /(?<!\.spec|\.fixture)\.ts$/.test(path))
    .map((path) => path.replace(/\.ts$/, '.js'));
  const ours = RANKS.flat().filter(({ place }) => /^\^(?:apps|libs)/.test(place.source));
  expect(ours.length).toBeGreaterThan(15);
  expect(
    ours.filter(({ place }) => !code.some((path) => place.test(path))).map(({ phase, place }) => `${phase}: ${place}`),
  ).toEqual([]);
});
