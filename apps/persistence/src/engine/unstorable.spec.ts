import { fixedDelay } from '#contracts';
import { defineThing, EngineFixture, envelopeOf, one } from './engine.fixture.js';

/** PostgreSQL stores neither of them. */
const HALF = '\ud83d';
const NUL = '\0';
/** A thousand characters is what is kept of a message: the cut goes through the last one. */
const LONG = `${'x'.repeat(999)}\u{1f600}`;

const contract = defineThing({ type: 'test.texts.v1', retry: fixedDelay({ attemptsMax: 1, delayMs: 0 }) });
const handler = one(async ({ payload }) => {
  if (payload.act === 'result') return { text: HALF };
  throw new Error(payload.act === 'long' ? LONG : `${HALF}${NUL}`);
});

let fixture: EngineFixture;
beforeEach(async () => (fixture = await EngineFixture.create({ bindings: [{ contract, handler }] })));
afterEach(() => fixture.drop());

test.each(['long', 'half', 'result'])(
  'a handler that fails with a text that cannot be stored (%s) leaves a line, and its lane goes on',
  async (act) => {
    const command = envelopeOf(contract, { act });
    await fixture.deliver([command]);
    expect((await fixture.line(command.id)).state).toBe('dead');
  },
);

test("what other programs put into a message's texts is kept as far as it can be stored", async () => {
  const foreign = { id: `1${HALF}`, source: `urn:${HALF}`, attributes: { tenant: HALF, [`a${NUL}`]: NUL } };
  await fixture.deliver([
    envelopeOf(contract, { act: 'half' }, { ...foreign, type: `of nobody ${HALF}` }),
    envelopeOf(contract, {}, { ...foreign, id: '2', body: Buffer.from(JSON.stringify({ [LONG]: 1 })) }),
    envelopeOf(contract, { key: HALF, act: 'half' }, { ...foreign, id: '3' }),
    { kind: 'undecoded', body: Buffer.from('?'), headers: { [HALF]: `${HALF}${NUL}` }, reason: `${HALF}${NUL}` },
  ]);
  expect(await fixture.states()).toEqual({ dead: 4 });
});
