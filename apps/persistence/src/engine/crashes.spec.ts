import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Envelope } from '#messaging';
import { createTestDatabase, type TestDatabase } from '#testing';
import { crashing, crashingBatch, type CrashWork } from './crash.fixture.js';
import { EngineFixture, envelopeOf, one } from './engine.fixture.js';

let test_: TestDatabase;
beforeEach(async () => {
  test_ = await createTestDatabase();
});
afterEach(() => test_.drop());

/** Lets a process settle the batch, as its next owner would after a crash. True when it ended well. */
async function runProcess(envelopes: readonly Envelope[]): Promise<boolean> {
  const child = fork(new URL('./crash.fixture.js', import.meta.url), { execArgv: [], stdio: 'ignore' });
  const work: CrashWork = {
    url: test_.url,
    envelopes: envelopes.map((envelope) => ({ ...envelope, body: Buffer.from(envelope.body).toString('base64') })),
  };
  child.send(work);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}

test.each([
  ['exit', crashing],
  ['kill', crashing],
  ['exit', crashingBatch],
])(
  'a command that ends its process (%s) is dead after three crashes, and all others are applied',
  async (act, contract) => {
    const commands = Array.from({ length: 6 }, (_, n) =>
      envelopeOf(contract, { key: `k${n}`, act: n === 3 ? act : `${n}` }),
    );
    const ended: boolean[] = [];
    while (!ended.at(-1) && ended.length < 10) ended.push(await runProcess(commands));
    expect(ended).toEqual([false, false, false, true]);
    const fixture = await EngineFixture.create({
      bindings: [crashing, crashingBatch].map((each) => ({ contract: each, handler: one(async () => undefined) })),
      shared: test_,
    });
    expect(await fixture.states()).toEqual({ applied: 5, dead: 1 });
    expect(await fixture.line(commands[3]!.id)).toMatchObject({ error_code: 'crashed', attempts: 0 });
    expect((await fixture.effects()).map((row) => row.act)).toEqual(['0', '1', '2', '4', '5']);
    expect(await fixture.database.query('SELECT * FROM command_start')).toEqual([]);
    await fixture.drop();
  },
);
