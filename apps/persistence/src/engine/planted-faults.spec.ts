import { fixedDelay } from '#contracts';
import type { Envelope } from '#messaging';
import { until, within } from '#testing';
import { TransactionSteps, type LaneLock, type LaneLocks } from '../database/transaction-steps.js';
import type { Transaction } from '../database/transaction.js';
import { ledgerStatements, type LedgerStatements } from '../ledger/statements.js';
import { defineThing, effect, EngineFixture, envelopeOf, one, type EngineTestOptions } from './engine.fixture.js';

/** Each case runs with the engine as it is, which must pass it, and with one step of it spoilt, which must not. */
interface Trap {
  readonly claim: string;
  readonly run: (spoilt: boolean) => Promise<void>;
}

/** `a` and `b` are keys of different ones. */
const LANES = 2;
const contract = defineThing({ type: 'test.trap.v1', retry: fixedDelay({ attemptsMax: 2, delayMs: 0 }) });

class CommitWithoutTag extends TransactionSteps {
  override async commit(transaction: Transaction): Promise<void> {
    await transaction.client.query('COMMIT');
  }
}

/** Stops the first transaction that a latch is set for just before it commits, under the lane's lock or without it. */
class CommitHeldBack extends TransactionSteps {
  readonly #locks: boolean;
  reached = Promise.withResolvers<void>();
  go = Promise.withResolvers<void>();
  armed = false;

  constructor(locks: boolean) {
    super();
    this.#locks = locks;
  }

  override begin(transaction: Transaction, lock: LaneLock | undefined): Promise<void> {
    return super.begin(transaction, this.#locks ? lock : undefined);
  }

  override async beginShared(transaction: Transaction, locks: LaneLocks): Promise<Set<number>> {
    if (this.#locks) return super.beginShared(transaction, locks);
    await transaction.client.query('BEGIN');
    return new Set(locks.lanes);
  }

  override async commit(transaction: Transaction): Promise<void> {
    if (this.armed) {
      this.armed = false;
      this.reached.resolve();
      await this.go.promise;
    }
    await super.commit(transaction);
  }
}

const upsertingStatements: LedgerStatements = {
  ...ledgerStatements,
  whole: ledgerStatements.whole.replace(
    'ON CONFLICT (id) DO NOTHING',
    'ON CONFLICT (id) DO UPDATE SET state = excluded.state',
  ),
};

const sortedBeforePositions: LedgerStatements = {
  ...ledgerStatements,
  arrived: ledgerStatements.arrived.replace(/(AS d \([^)]*\))/, '$1 ORDER BY d.id'),
};

async function withFixture(options: EngineTestOptions, run: (fixture: EngineFixture) => Promise<void>): Promise<void> {
  const fixture = await EngineFixture.create(options);
  try {
    await run(fixture);
  } finally {
    await fixture.drop();
  }
}

/** Of another lane than the commands of the key `a`. */
const inOtherLane = envelopeOf(contract, { key: 'b' }, { lanes: LANES });

function arrivesWhileTheRetryEnds(steps: CommitHeldBack, beside: readonly Envelope[]): Promise<void> {
  const handler = one(async (command, unit) => {
    if (command.payload.act === 'fail-once' && command.attempt === 1) throw new Error('Not yet.');
    await effect(command, unit);
  });
  return withFixture({ bindings: [{ contract, handler }], database: { steps, lanes: LANES } }, async (fixture) => {
    const [first, second] = [
      envelopeOf(contract, { act: 'fail-once' }, { lanes: LANES }),
      envelopeOf(contract, {}, { lanes: LANES }),
    ];
    await fixture.deliver([first]);
    steps.armed = true;
    fixture.engine.retries.start();
    await steps.reached.promise;
    const delivered = Promise.all([second, ...beside].map((envelope) => fixture.deliver([envelope])));
    // For the lane; without its lock for the lane's account, and then it has already looked for what blocks it.
    const waits = () =>
      fixture.database.query(
        `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      );
    await until(async () => (await waits()).length > 0, 'the batch waits for the retry');
    steps.go.resolve();
    await delivered;
    await until(async () => (await fixture.stateOf(first.id)) === 'applied', 'the first command is applied');
    // Nothing is due and nothing will be: whatever is parked now stays so.
    await until(
      async () => (await fixture.database.query(`SELECT FROM command_ledger WHERE due_at IS NOT NULL`)).length === 0,
      'nothing is due',
    );
    expect(await fixture.stateOf(second.id)).toBe('applied');
  });
}

const traps: Trap[] = [
  {
    claim: 'a COMMIT that was answered with ROLLBACK is not taken for one',
    run: (spoilt) => {
      const handler = one(async (command, unit) => {
        await effect(command, unit);
        if (command.payload.act === 'swallow') await unit.manager.query('SELECT 1 / 0').catch(() => undefined);
      });
      const database = spoilt ? { steps: new CommitWithoutTag() } : {};
      return withFixture({ bindings: [{ contract, handler }], database, engine: { batchMax: 1 } }, async (fixture) => {
        // After the first batch nothing follows the handler but the COMMIT, so that only its tag can tell.
        await fixture.deliver([envelopeOf(contract, { key: 'b' })]);
        const command = envelopeOf(contract, { act: 'swallow' });
        await fixture.deliver([command]);
        // Advanced past, it is nowhere unless it has a line.
        expect(await fixture.stateOf(command.id)).toBe('dead');
      });
    },
  },
  {
    claim: 'a command that arrives while the retry before it ends is not parked for ever',
    run: (spoilt) => arrivesWhileTheRetryEnds(new CommitHeldBack(!spoilt), []),
  },
  {
    claim: 'nor where its lane shares the transaction with another',
    run: (spoilt) => arrivesWhileTheRetryEnds(new CommitHeldBack(!spoilt), [inOtherLane]),
  },
  {
    claim: 'a stale owner whose run failed does not overwrite what the new owner has applied',
    run: async (spoilt) => {
      const failed = Promise.withResolvers<void>();
      const stale = one(async () => {
        failed.resolve();
        throw new Error('The stale owner fails.');
      });
      const fresh = one(effect);
      const statements = spoilt ? { statements: upsertingStatements } : {};
      const steps = new SecondBeginHeldBack();
      await withFixture(
        { bindings: [{ contract, handler: stale }], database: { steps }, ...statements },
        async (old) => {
          const owner = await EngineFixture.create({ bindings: [{ contract, handler: fresh }], shared: old.test });
          const command = envelopeOf(contract);
          const given = old.deliver([command]);
          await failed.promise;
          await within(owner.deliver([command]), 'the new owner has applied it');
          steps.go.resolve();
          await given;
          const state = await owner.stateOf(command.id);
          const effects = await owner.effects();
          await owner.drop();
          expect([state, effects.length]).toEqual(['applied', 1]);
        },
      );
    },
  },
  {
    claim: 'positions are drawn in the order of delivery',
    run: (spoilt) => {
      const statements = spoilt ? { statements: sortedBeforePositions } : {};
      return withFixture({ bindings: [{ contract, handler: one(effect) }], ...statements }, async (fixture) => {
        const ids = ['f', '0', '9', '3'].map((digit) => `${digit.repeat(8)}-0000-7000-8000-000000000000`);
        await fixture.deliver(ids.map((id) => envelopeOf(contract, { key: id }, { id })));
        const rows = await fixture.database.query<{ id: string }>('SELECT id FROM command_ledger ORDER BY position');
        expect(rows.map((row) => row.id)).toEqual(ids);
      });
    },
  },
];

/** Lets the first transaction begin and holds the second, in which the failure of the first would be written down. */
class SecondBeginHeldBack extends TransactionSteps {
  go = Promise.withResolvers<void>();
  #begun = 0;

  override async begin(transaction: Transaction, lock: LaneLock | undefined): Promise<void> {
    if (++this.#begun === 2) await this.go.promise;
    await super.begin(transaction, lock);
  }
}

test.each(traps)('$claim', async ({ run }) => {
  await expect(run(false)).resolves.toBeUndefined();
});

test.each(traps)('the case notices an engine of which it is not true that $claim', async ({ run }) => {
  // Only a claim that fails, or a wait in vain, is a catch; any other error would be the case's own mistake.
  await expect(run(true)).rejects.toThrow(/expect\(|in vain/);
});
