import { randomUUID } from 'node:crypto';
import { Catalogue, defineCommand, fixedDelay, strictStream, type CommandContract, type LedgerState } from '#contracts';
import {
  decodeNotice,
  GATEWAY_SOURCE,
  laneOf,
  partitionKeyOf,
  type Batch,
  type ConsumeOptions,
  type Delivery,
  type Envelope,
  type NoticedOutcome,
  type OnBatch,
  type PublishError,
} from '#messaging';
import { createTestDatabase, type TestDatabase } from '#testing';
import { Logger } from '@nestjs/common';
import { z } from 'zod';
import { Database, type DatabaseOptions } from '../database/database.js';
import type { Command, Handler, Unit } from '../handling/handler.js';
import type { LedgerStatements } from '../ledger/statements.js';
import { Engine } from './engine.js';
import { HandlerRegistry } from './handler-registry.js';
import type { EngineOptions } from './options.js';

// What these tests do to the engine would fill pages of warnings.
Logger.overrideLogger(false);

export const thingPayload = z.strictObject({ key: z.string(), act: z.string() });
export type Thing = z.infer<typeof thingPayload>;

type ThingDefinition = Partial<Omit<CommandContract<Thing>, 'kind' | 'payload' | 'key' | 'result'>> & { type: string };

/** A contract for tests: its payload says what its handler is to do. Strict, three attempts without delay, unless said otherwise. */
export function defineThing(definition: ThingDefinition): CommandContract<Thing, unknown> {
  return defineCommand<Thing, unknown>({
    summary: 'A command for tests',
    stream: strictStream('thing'),
    retry: fixedDelay({ attemptsMax: 3, delayMs: 0 }),
    ...definition,
    payload: thingPayload,
    key: (thing) => thing.key,
  });
}

export type One = (command: Command<Thing>, unit: Unit) => Promise<unknown>;
export type Many = (commands: readonly Command<Thing>[], unit: Unit) => Promise<ReadonlyMap<string, unknown> | void>;

export function one(handle: One): Handler {
  return { handle } as Handler;
}

export function many(handleBatch: Many): Handler {
  return { handleBatch } as Handler;
}

/** What every handler for tests writes: one row per effect, in the order of the effects. */
export async function effect(command: Command<Thing>, { manager }: Unit): Promise<void> {
  await manager.query(`INSERT INTO effects (command_id, key, act) VALUES ($1, $2, $3)`, [
    command.id,
    command.key,
    command.payload.act,
  ]);
}

export interface EngineTestOptions {
  readonly bindings: readonly { contract: CommandContract; handler: Handler }[];
  readonly engine?: Partial<EngineOptions>;
  readonly database?: Partial<DatabaseOptions>;
  readonly statements?: LedgerStatements;
  /** The same database as another fixture's: a second instance of persistence. */
  readonly shared?: TestDatabase;
  /** Stands in for the database's own address. */
  readonly urlOf?: (url: string) => string;
}

export interface EffectRow {
  readonly command_id: string;
  readonly key: string;
  readonly act: string;
}

export interface LedgerRow {
  readonly id: string;
  readonly state: LedgerState;
  readonly attempts: number;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly history: readonly { attempt: number; at: string; error: { code: string; message: string } }[] | null;
  readonly result: unknown;
  readonly position: string;
  readonly arrivals: number;
  readonly failure_group: string | null;
  readonly external_id: string | null;
  readonly key: string | null;
}

/** An engine on a database of its own, whose batches a test hands in directly. */
export class EngineFixture {
  readonly outcomes: NoticedOutcome[] = [];
  readonly notices: Uint8Array[] = [];
  readonly forwarded: Envelope[] = [];
  /** What the transport says to every publish, while it is set. */
  publishRefusal: PublishError | undefined;
  publishRefusals = 0;
  /** What the engine asked its transport's consumer for, in order. */
  readonly asked: string[] = [];
  onBatch: OnBatch | undefined;
  consumeOptions: ConsumeOptions | undefined;
  readonly database: Database;
  readonly engine: Engine;
  readonly test: TestDatabase;
  readonly #owned: boolean;
  readonly #given = new Set<Promise<void>>();

  private constructor(test: TestDatabase, options: EngineTestOptions) {
    this.test = test;
    this.#owned = options.shared === undefined;
    const url = options.urlOf?.(test.url) ?? test.url;
    this.database = new Database({ url, lanes: 1, ...options.database });
    const catalogue = new Catalogue(options.bindings.map((binding) => binding.contract));
    this.engine = new Engine({
      database: this.database,
      registry: new HandlerRegistry(catalogue, options.bindings),
      transport: this.#transport(),
      options: { pollMsMax: 50, ...options.engine },
      ...(options.statements && { statements: options.statements }),
    });
  }

  /** Not yet connected: its `engine.start` does that. */
  static async unopened(options: EngineTestOptions): Promise<EngineFixture> {
    return new EngineFixture(options.shared ?? (await createTestDatabase()), options);
  }

  /** Opened and ready for batches; its retry worker runs only after `engine.retries.start()` or `engine.start()`. */
  static async create(options: EngineTestOptions): Promise<EngineFixture> {
    const fixture = await EngineFixture.unopened(options);
    await fixture.database.open();
    await fixture.database.query(
      `CREATE TABLE IF NOT EXISTS effects (number bigserial PRIMARY KEY, command_id uuid NOT NULL, key text NOT NULL, act text NOT NULL)`,
    );
    return fixture;
  }

  async drop(): Promise<void> {
    await this.engine.stop(1_000);
    if (this.#owned) await this.test.drop();
  }

  /** Hands over one batch of the lane that its first delivery belongs to. */
  deliver(deliveries: readonly (Envelope | Delivery)[], { ownership = 1, signal = new AbortController().signal } = {}) {
    const wrapped = deliveries.map((delivery): Delivery =>
      'kind' in delivery ? delivery : { kind: 'decoded', envelope: delivery },
    );
    const first = wrapped.find((delivery) => delivery.kind === 'decoded');
    const batch: Batch = { lane: first?.envelope.lane ?? 0, ownership, deliveries: wrapped };
    const given = this.engine.batches.onBatch(batch, signal);
    this.#given.add(given);
    void given.then(
      () => this.#given.delete(given),
      () => this.#given.delete(given),
    );
    return given;
  }

  async effects(): Promise<EffectRow[]> {
    return this.database.query<EffectRow>(`SELECT command_id, key, act FROM effects ORDER BY number`);
  }

  async line(id: string): Promise<LedgerRow> {
    const [row] = await this.database.query<LedgerRow>(`SELECT * FROM command_ledger WHERE id = $1`, [id]);
    if (!row) throw new Error(`No line has the id ${id}.`);
    return row;
  }

  async stateOf(id: string): Promise<LedgerState | undefined> {
    const [row] = await this.database.query<LedgerRow>(`SELECT state FROM command_ledger WHERE id = $1`, [id]);
    return row?.state;
  }

  /** How many lines are in each state. */
  async states(): Promise<Record<string, number>> {
    const rows = await this.database.query<{ state: string; count: number }>(
      `SELECT state, count(*)::int AS count FROM command_ledger GROUP BY state ORDER BY state`,
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  async #settled(deadlineMs: number): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, deadlineMs);
    await Promise.race([Promise.allSettled(this.#given), late.promise]);
    clearTimeout(timer);
  }

  #transport() {
    return {
      consume: async (options: ConsumeOptions, onBatch: OnBatch) => {
        this.consumeOptions = options;
        this.onBatch = onBatch;
        const note = async (what: string) => void this.asked.push(what);
        return { pause: () => note('pause'), resume: () => note('resume'), stop: (ms: number) => this.#settled(ms) };
      },
      publish: async (envelope: Envelope) => {
        if (this.publishRefusal) {
          this.publishRefusals += 1;
          throw this.publishRefusal;
        }
        this.forwarded.push(envelope);
        return { durability: 'memory' as const };
      },
      notify: (notice: Uint8Array) => {
        this.notices.push(notice);
        this.outcomes.push(...(decodeNotice(notice)?.outcomes ?? []));
      },
    };
  }
}

/** A command as the gateway would publish it. */
export function envelopeOf(
  contract: CommandContract<Thing, unknown>,
  thing: Partial<Thing> = {},
  overrides: Partial<Envelope> & { lanes?: number } = {},
): Envelope {
  const payload = { key: 'a', act: 'write', ...thing };
  const partitionKey = partitionKeyOf(contract.stream.name, payload.key);
  const { lanes = 1, ...fields } = overrides;
  return {
    id: randomUUID(),
    type: contract.type,
    source: GATEWAY_SOURCE,
    partitionKey,
    lane: laneOf(partitionKey, lanes),
    timeMs: Date.now(),
    attributes: {},
    body: Buffer.from(JSON.stringify(payload)),
    ...fields,
  };
}
