import { randomUUID } from 'node:crypto';
import { Catalogue, SealLane, type CommandContract } from '#contracts';
import { laneOf, partitionKeyOf, publishSeals, type Envelope } from '#messaging';
import { createTestDatabase, MemoryBroker, MemoryTransport, until, type TestDatabase } from '#testing';

import { Database } from '../database/database.js';
import { defineThing, effect, envelopeOf, one, type Thing } from '../engine/engine.fixture.js';
import { Engine } from '../engine/engine.js';
import { HandlerRegistry } from '../engine/handler-registry.js';
import { DrainingTransport } from './draining-transport.js';
import { MoveReport } from './move-report.js';
import { SealBoard } from './seal-board.js';
import { SealLaneHandler } from './seal-lane.handler.js';
import { SelfSealer } from './self-sealer.js';
import { enterMove } from './transport-move.js';

export const LANES = 4;

export const Write: CommandContract<Thing, unknown> = defineThing({ type: 'test.write.v1' });
const DEADLINE_MS = 5_000;
const OPTIONS = { batchMax: 20, prefetch: 40, batchWaitMs: 1 };

export interface InstanceOptions {
  readonly sealsItself?: boolean;
  /** Plants a fault: what the board says of a lane. */
  readonly board?: (database: Database) => SealBoard;
}

/** Persistence while it moves: its engine on two transports, and one database. */
export interface Instance {
  readonly engine: Engine;
  readonly report: MoveReport;
  readonly board: SealBoard;
  readonly move: string;
  stop(): Promise<void>;
  /** The process ends without a word: both transports are gone, and nothing is settled any more. */
  kill(): Promise<void>;
}

/** Two queues, and a database that several instances of persistence share. */
export class MoveFixture {
  readonly old = new MemoryBroker(LANES);
  readonly next = new MemoryBroker(LANES);
  readonly #gateways: MemoryTransport[] = [];
  readonly #instances = new Set<Instance>();

  private constructor(
    readonly test: TestDatabase,
    readonly database: Database,
  ) {}

  static async create(): Promise<MoveFixture> {
    const test = await createTestDatabase();
    const database = new Database({ url: test.url, lanes: LANES });
    await database.open();
    await database.query(
      `CREATE TABLE effects (number bigserial PRIMARY KEY, command_id uuid NOT NULL, key text NOT NULL, act text NOT NULL)`,
    );
    return new MoveFixture(test, database);
  }

  /** A process of persistence with `DRAIN_FROM` the old and `TRANSPORT` the next. */
  async start({ sealsItself = false, board: makeBoard }: InstanceOptions = {}): Promise<Instance> {
    const [from, to] = [new MemoryTransport(this.old), new MemoryTransport(this.next)];
    await Promise.all([from.open(), to.open()]);
    let move = '';
    const database = new Database({
      url: this.test.url,
      lanes: LANES,
      prepare: async (runner) => {
        move = (await enterMove(runner, { transport: 'next', drainFrom: 'old' }, LANES)) ?? '';
      },
    });
    await database.open();
    const board = makeBoard?.(database) ?? new SealBoard(database);
    const report = new MoveReport(from, board, { lanes: LANES });
    const sealer = sealsItself ? { sealer: new SelfSealer(from, LANES) } : {};
    const transport = new DrainingTransport({ from, to, board, report, move: () => move, ...sealer });
    const bindings = [
      { contract: Write, handler: one(effect) },
      { contract: SealLane as CommandContract, handler: new SealLaneHandler() },
    ];
    const registry = new HandlerRegistry(new Catalogue([Write, SealLane]), bindings);
    const engine = new Engine({ database, registry, transport, options: { ...OPTIONS, instance: randomUUID() } });
    await engine.start();
    const end = async () => {
      this.#instances.delete(instance);
      await engine.stop(DEADLINE_MS);
      await Promise.all([from.close(DEADLINE_MS), to.close(DEADLINE_MS)]);
    };
    const instance: Instance = {
      engine,
      report,
      board,
      move,
      stop: end,
      kill: async () => {
        from.kill();
        to.kill();
        this.#instances.delete(instance);
        await engine.stop(0);
      },
    };
    this.#instances.add(instance);
    return instance;
  }

  async gatewayOn(broker: MemoryBroker): Promise<MemoryTransport> {
    const gateway = new MemoryTransport(broker);
    await gateway.open();
    this.#gateways.push(gateway);
    return gateway;
  }

  /** What `npm run seal` does. */
  async seal(move: string, { sealer = 'queue', sealers = 1 } = {}): Promise<void> {
    const gateway = await this.gatewayOn(this.old);
    await publishSeals(gateway, { move, lanes: LANES, sealer, sealers, deadlineMs: DEADLINE_MS });
  }

  async effects(): Promise<{ key: string; act: string }[]> {
    return this.database.query(`SELECT key, act FROM effects ORDER BY number`);
  }

  /** Resolves when so many effects are there. */
  async applied(count: number): Promise<void> {
    await until(async () => (await this.effects()).length >= count, `${count} effects are there`, 30_000);
  }

  async drop(): Promise<void> {
    for (const instance of [...this.#instances]) await instance.stop();
    for (const gateway of this.#gateways) await gateway.close(0);
    await this.database.close();
    await this.test.drop();
  }
}

export function commandOf(key: string, act: string): Envelope {
  return envelopeOf(Write, { key, act }, { lanes: LANES });
}

/** A key of the stream of `Write` whose commands go to the lane. */
export function keyOf(lane: number): string {
  for (let number = 0; ; number++) {
    const key = `k${number}`;
    if (laneOf(partitionKeyOf(Write.stream.name, key), LANES) === lane) return key;
  }
}
