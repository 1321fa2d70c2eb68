import { fixedDelay } from '#contracts';
import { createTestDatabase, TcpProxy, until, type TestDatabase } from '#testing';
import { TransactionSteps } from '../database/transaction-steps.js';
import type { Transaction } from '../database/transaction.js';
import { defineThing, effect, EngineFixture, envelopeOf, one } from './engine.fixture.js';

const contract = defineThing({ type: 'test.write.v1', retry: fixedDelay({ attemptsMax: 1, delayMs: 0 }) });

let test_: TestDatabase;
let proxy: TcpProxy;
let fixture: EngineFixture;
let beforeEffect: () => Promise<void>;

const bindings = [
  {
    contract,
    handler: one(async (command, unit) => {
      await effect(command, unit);
      await beforeEffect();
    }),
  },
];

beforeEach(async () => {
  beforeEffect = async () => undefined;
  test_ = await createTestDatabase();
  const { hostname, port } = new URL(test_.url);
  proxy = await TcpProxy.to(hostname, Number(port || 5432));
});
afterEach(async () => {
  await proxy.restore();
  await fixture.drop();
  await proxy.close();
  await test_.drop();
});

async function createFixture(engine: { holdMsMax?: number } = {}, steps = new TransactionSteps()): Promise<void> {
  const urlOf = (url: string) => proxy.urlOf(url);
  fixture = await EngineFixture.create({ bindings, shared: test_, urlOf, engine, database: { steps } });
}

/** The first COMMIT is done by the server, and its answer never comes. */
class AnswerLost extends TransactionSteps {
  readonly #cut: () => void;
  #committed = 0;

  constructor(cut: () => void) {
    super();
    this.#cut = cut;
  }

  override async commit(transaction: Transaction): Promise<void> {
    await super.commit(transaction);
    if (this.#committed++ > 0) return;
    this.#cut();
    await until(() => transaction.client.lost, 'the connection is lost');
    throw new Error('The answer is lost.');
  }
}

test('a connection cut in the middle of a batch costs no attempt: the batch is held and run again', async () => {
  await createFixture();
  let cuts = 0;
  beforeEffect = async () => {
    if (cuts++ === 0) proxy.cut();
  };
  const commands = [envelopeOf(contract, { key: 'a' }), envelopeOf(contract, { key: 'b' })];
  await fixture.deliver(commands);
  expect(await fixture.states()).toEqual({ applied: 2 });
  expect((await fixture.line(commands[0]!.id)).attempts).toBe(1);
  expect(await fixture.effects()).toHaveLength(2);
});

test('while the database is away batches wait, and all are applied once when it is back', async () => {
  await createFixture();
  await proxy.refuse();
  const delivered = [1, 2, 3].map((n) => fixture.deliver([envelopeOf(contract, { key: `k${n}` })]));
  await until(() => fixture.engine.breaker.isOpen, 'the breaker is open');
  await proxy.restore();
  await Promise.all(delivered);
  expect(await fixture.states()).toEqual({ applied: 3 });
  expect(await fixture.effects()).toHaveLength(3);
});

test('a COMMIT whose answer is lost leads to one effect: the repetition finds duplicates', async () => {
  await createFixture({}, new AnswerLost(() => proxy.cut()));
  const command = envelopeOf(contract);
  await fixture.deliver([command]);
  expect(await fixture.stateOf(command.id)).toBe('applied');
  expect(await fixture.effects()).toHaveLength(1);
});

test('held for too long, batches go back and the consumer pauses until a probe is green', async () => {
  await createFixture({ holdMsMax: 20 });
  await fixture.engine.start();
  await proxy.refuse();
  const given = fixture.deliver([envelopeOf(contract)]);
  await expect(given).rejects.toThrow('goes back');
  expect(fixture.asked).toEqual(['pause']);
  await proxy.restore();
  await until(() => fixture.asked.includes('resume'), 'the consumer resumes');
  const command = envelopeOf(contract);
  await fixture.deliver([command]);
  expect(await fixture.states()).toEqual({ applied: 1 });
});

test('without a database the engine starts and waits for it', async () => {
  await createFixture();
  await fixture.engine.stop(1_000);
  await proxy.refuse();
  const late = fixture;
  fixture = await EngineFixture.unopened({ bindings, shared: test_, urlOf: (url) => proxy.urlOf(url) });
  const started = fixture.engine.start();
  await until(() => fixture.engine.breaker.isOpen, 'the breaker is open');
  expect(fixture.onBatch).toBeUndefined();
  await proxy.restore();
  await started;
  await fixture.deliver([envelopeOf(contract)]);
  expect(await fixture.states()).toEqual({ applied: 1 });
  expect(late.onBatch).toBeUndefined();
});

test('stopping lets the batch in hand settle', async () => {
  await createFixture();
  await fixture.engine.start();
  const entered = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  beforeEffect = () => {
    entered.resolve();
    return gate.promise;
  };
  const command = envelopeOf(contract);
  const given = fixture.deliver([command]);
  await entered.promise;
  const stopped = fixture.engine.stop(10_000);
  gate.resolve();
  await Promise.all([given, stopped]);
  await createFixture();
  expect(await fixture.stateOf(command.id)).toBe('applied');
});

test('what cannot be settled by the deadline goes back to the transport', async () => {
  await createFixture();
  await fixture.engine.start();
  await proxy.refuse();
  const given = fixture.deliver([envelopeOf(contract)]);
  const stopped = fixture.engine.stop(20);
  await expect(given).rejects.toThrow('goes back');
  await stopped;
});
