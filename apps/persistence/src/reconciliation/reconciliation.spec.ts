import { randomUUID } from 'node:crypto';
import { timedCommandId, type Delivery } from '#messaging';
import { createTestDatabase, until } from '#testing';
import { defineThing, effect, EngineFixture, envelopeOf, one } from '../engine/engine.fixture.js';
import { Rejected } from '../handling/handler.js';
import { discardLine, replayLine } from '../ledger/operate.js';
import { TransactionSteps } from '../database/transaction-steps.js';
import type { Transaction } from '../database/transaction.js';
import { RequestDatabase } from '../requests/request-database.js';
import { Reconciliation } from './reconciliation.js';

const contract = defineThing({ type: 'test.books.v1' });
const handler = one(async (command, unit) => {
  const { act } = command.payload;
  if (act === 'refuse') throw new Rejected('no', 'Refused.');
  if (act === 'fail-once' && command.attempt === 1) throw new Error('Not yet.');
  if (act === 'fail') throw new Error('Never.');
  await effect(command, unit);
});

const operator = { operator: 'spec', reason: 'spec' };
const fresh = (thing = {}, overrides = {}) =>
  envelopeOf(contract, thing, { id: timedCommandId(Date.now()), ...overrides });

/** An engine, and books that read what the spec says of the gateway and of the transport. */
class Books {
  accepted = 0;
  waiting = 0;
  nowMs = 0;
  readonly gateway = randomUUID();
  readonly reconciliation: Reconciliation;

  private constructor(
    readonly fixture: EngineFixture,
    readonly requests: RequestDatabase,
  ) {
    const measured = { value: 0, exact: true };
    const backlog = async () => ({
      count: { value: this.waiting, exact: true },
      bytes: measured,
      oldestAtMs: measured,
      lanes: [this.waiting],
      countMax: null,
      bytesMax: null,
    });
    this.reconciliation = new Reconciliation(requests, { backlog }, { lanes: 1, freshMs: 0, now: () => this.nowMs });
  }

  static async open(steps = new TransactionSteps()): Promise<Books> {
    const shared = await createTestDatabase();
    const fixture = await EngineFixture.create({ bindings: [{ contract, handler }], shared, database: { steps } });
    const requests = new RequestDatabase({ url: shared.url, entities: [], connectionsMax: 2, timeoutMs: 5_000 });
    return new Books(fixture, requests);
  }

  /** As a gateway and a transport without fault would: all accepted, all delivered. */
  async pass(deliveries: readonly (ReturnType<typeof fresh> | Delivery)[]): Promise<void> {
    this.accepted += deliveries.length;
    await this.fixture.deliver(deliveries);
  }

  async read() {
    await this.reconciliation.report(this.gateway, [{ accepted: this.accepted, waiting: this.waiting }]);
    this.nowMs += 1;
    const { lanes, holds } = await this.reconciliation.read();
    return { ...lanes[0]!, holds };
  }

  async close(): Promise<void> {
    await this.fixture.drop();
    await this.requests.close();
    await this.fixture.test.drop();
  }
}

describe('the books of a lane', () => {
  let books: Books;
  beforeEach(async () => (books = await Books.open()));
  afterEach(() => books.close());

  const balanced = { missing: 0, surplus: 0, stray: 0, holds: true };

  it('balance whatever becomes of a command, and through retry, release, replay and discard', async () => {
    const expired = { attributes: { expirytime: '2020-01-01T00:00:00Z' } };
    const [dead, retried] = [fresh({ key: 'd', act: 'fail' }), fresh({ key: 'r', act: 'fail-once' })];
    await books.pass([fresh(), fresh({ key: 'n', act: 'refuse' }), fresh({ key: 'e' }, expired), dead, retried]);
    await books.pass([fresh({ key: 'd' })]);
    expect(await books.read()).toMatchObject({ ...balanced, entered: 6 });
    books.fixture.engine.retries.start();
    await until(async () => (await books.fixture.stateOf(dead.id)) === 'dead', 'the command has died');
    await until(async () => (await books.fixture.stateOf(retried.id)) === 'applied', 'the retry is applied');
    expect(await books.read()).toMatchObject({
      ...balanced,
      states: { applied: 2, rejected: 1, expired: 1, dead: 1, parked: 1, retrying: 0, discarded: 0 },
    });
    await replayLine(books.fixture.database, dead.id, operator);
    expect(await books.read()).toMatchObject(balanced);
    await until(async () => (await books.fixture.stateOf(dead.id)) === 'dead', 'the replay has died too');
    await discardLine(books.fixture.database, dead.id, operator);
    books.fixture.engine.retries.nudge();
    await until(async () => (await books.fixture.states())['applied'] === 3, 'what waited behind it is applied');
    expect(await books.read()).toMatchObject({ ...balanced, states: { applied: 3, discarded: 1, dead: 0, parked: 0 } });
  });

  it('count a key used again as a duplicate, and what the transport repeats on neither side', async () => {
    const [keyed, timed] = [envelopeOf(contract, {}, { id: '11111111-2222-8333-8444-555555555555' }), fresh()];
    await books.pass([keyed, timed, keyed]);
    await books.pass([keyed]);
    await books.fixture.deliver([timed, timed]);
    expect(await books.read()).toMatchObject({ ...balanced, accepted: 4, entered: 2, duplicates: 2, redelivered: 2 });
  });

  it("count other programs' messages as accepted elsewhere: commands, conflicts, duplicates, bytes without sense", async () => {
    const foreign = (act: string) => envelopeOf(contract, { act }, { id: '1', source: 'urn:other' });
    const undecoded: Delivery = { kind: 'undecoded', body: Buffer.from('?'), headers: {}, reason: 'No type.' };
    await books.fixture.deliver([foreign('write'), foreign('other'), undecoded, undecoded, foreign('write')]);
    await books.fixture.deliver([foreign('third'), undecoded]);
    const read = await books.read();
    expect(read).toMatchObject({ ...balanced, accepted: 0, states: { applied: 1, dead: 3 } });
    expect(read.elsewhere).toBe(read.entered + read.duplicates);
  });

  it('miss what was accepted and neither waits nor is accounted for, and say so when it lasts', async () => {
    await books.pass([fresh(), fresh()]);
    books.accepted += 3;
    books.waiting = 3;
    expect(await books.read()).toMatchObject(balanced);
    books.waiting = 2;
    expect(await books.read()).toMatchObject({ missing: 1, holds: true });
    books.nowMs += 10_000;
    expect(await books.read()).toMatchObject({ missing: 1, holds: false });
    // Found again, as with a broker's word that came late.
    books.waiting = 3;
    expect(await books.read()).toMatchObject(balanced);
  });

  it('notice a line that is gone or has come to a final state behind their back', async () => {
    const dead = fresh({ key: 'd', act: 'fail' });
    await books.pass([dead]);
    books.fixture.engine.retries.start();
    await until(async () => (await books.fixture.stateOf(dead.id)) === 'dead', 'the command has died');
    await books.fixture.database.query(`DELETE FROM command_ledger WHERE id = $1`, [dead.id]);
    expect(await books.read()).toMatchObject({ missing: 1, stray: 1 });
  });

  it('show what a gateway that died had not reported as a surplus, and never sink by an old report', async () => {
    await books.pass([fresh(), fresh(), fresh()]);
    await books.read();
    books.accepted = 1;
    expect(await books.read()).toMatchObject({ accepted: 3, surplus: 0 });
    await books.fixture.deliver([fresh()]);
    expect(await books.read()).toMatchObject({ missing: 0, surplus: 1 });
  });
});

/** Takes the COMMIT of a transaction for done that PostgreSQL has rolled back: its batch advances without a line. */
class RollsBackInstead extends TransactionSteps {
  armed = false;

  override async commit(transaction: Transaction): Promise<void> {
    if (this.armed) await transaction.client.query('ROLLBACK');
    else await super.commit(transaction);
  }
}

test('the books miss a batch that advanced without its lines', async () => {
  const steps = new RollsBackInstead();
  const books = await Books.open(steps);
  await books.pass([fresh()]);
  expect(await books.read()).toMatchObject({ missing: 0 });
  steps.armed = true;
  await books.pass([fresh(), fresh({ key: 'b' })]);
  steps.armed = false;
  expect(await books.read()).toMatchObject({ missing: 2, entered: 1 });
  await books.close();
});
