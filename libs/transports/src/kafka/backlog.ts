import { TransportError, type Backlog } from '#messaging';
import type { Cluster } from './cluster.js';
import { committedOffsets } from './committed-offsets.js';
import type { GroupLink } from './group-link.js';
import { EARLIEST, ErrorCode, errorName, fetch, LATEST, listOffsets, NO_SESSION, READ_COMMITTED } from './protocol.js';
import { readRange } from './records.js';
import type { Topology } from './topology.js';

const ANSWER_MS_MAX = 4_000;
/** Assumed of a body until the first has gone by. */
const BODY_BYTES_ASSUMED = 512;
/** How much of the mean each new body counts for. */
const BODY_BYTES_SHARE = 0.01;
/** Between two looks for the sake of the bound alone. */
const LOOK_MS_MIN = 200;

interface Oldest {
  readonly offset: bigint;
  readonly atMs: number;
}

/**
 * How much waits: from what the group has committed to the end of each partition, by the brokers' word. What other programs
 * write in transactions counts with a mark for each until it is passed.
 */
export class BacklogGauge {
  readonly #cluster: Cluster;
  readonly #topology: Topology;
  readonly #coordinator: GroupLink;
  readonly #laneCountMax: number;
  readonly #ends: bigint[];
  readonly #starts: (bigint | undefined)[];
  readonly #oldest: (Oldest | undefined)[] = [];
  #bodyBytesMean = BODY_BYTES_ASSUMED;
  #looking: Promise<void> | undefined;
  #lookedAtMs = -Infinity;

  constructor(parts: { cluster: Cluster; topology: Topology; coordinator: GroupLink; laneCountMax: number }) {
    this.#cluster = parts.cluster;
    this.#topology = parts.topology;
    this.#coordinator = parts.coordinator;
    this.#laneCountMax = parts.laneCountMax;
    this.#ends = Array.from({ length: parts.topology.lanes }, () => 0n);
    this.#starts = Array.from({ length: parts.topology.lanes }, () => undefined);
  }

  /** A body went by: the bytes that wait are estimated from those seen. */
  sawBody(bytes: number): void {
    this.#bodyBytesMean += (bytes - this.#bodyBytesMean) * BODY_BYTES_SHARE;
  }

  /** The lane ends there, at least. */
  sawEnd(lane: number, end: bigint): void {
    if (end > this.#ends[lane]!) this.#ends[lane] = end;
  }

  /** Whether the lane holds all that it may; by what is known, which is looked after in time. */
  isFull(lane: number): boolean {
    const count = this.#countIn(lane);
    const isDue = count === undefined || count > this.#laneCountMax / 2;
    if (isDue && performance.now() - this.#lookedAtMs > LOOK_MS_MIN) this.#look().catch(() => undefined);
    return (count ?? 0) >= this.#laneCountMax;
  }

  async read(): Promise<Backlog> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new Error(`the brokers do not answer within ${ANSWER_MS_MAX} ms`));
    }, ANSWER_MS_MAX);
    try {
      return await Promise.race([this.#read(), late]);
    } catch (cause) {
      throw new TransportError(`The backlog is unknown: ${(cause as Error).message}.`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(): Promise<Backlog> {
    // One that was begun before the call does not count what was stored since.
    await this.#looking?.catch(() => undefined);
    await this.#look();
    const lanes = Array.from({ length: this.#topology.lanes }, (_, lane) => this.#countIn(lane) ?? 0);
    const oldest = await Promise.all(lanes.map(async (count, lane) => (count > 0 ? this.#oldestIn(lane) : undefined)));
    const times = oldest.filter((atMs) => atMs !== undefined);
    const count = lanes.reduce((sum, inLane) => sum + inLane, 0);
    return {
      count: { value: count, exact: true },
      bytes: { value: Math.round(count * this.#bodyBytesMean), exact: false },
      oldestAtMs: { value: times.length === 0 ? null : Math.min(...times), exact: times.length > 0 || count === 0 },
      lanes,
      countMax: this.#laneCountMax * lanes.length,
      bytesMax: null,
    };
  }

  #countIn(lane: number): number | undefined {
    const start = this.#starts[lane];
    return start === undefined ? undefined : Math.max(0, Number(this.#ends[lane]! - start));
  }

  #look(): Promise<void> {
    return (this.#looking ??= this.#lookAtAll().finally(() => {
      this.#looking = undefined;
      this.#lookedAtMs = performance.now();
    }));
  }

  async #lookAtAll(): Promise<void> {
    const { group, commands, lanes } = this.#topology;
    const all = Array.from({ length: lanes }, (_, lane) => lane);
    const coordinator = await this.#coordinator.reach(this.#cluster.closing);
    const [committed, ends, begins] = await Promise.all([
      committedOffsets(coordinator, group, commands, all).catch((error: unknown) => {
        this.#coordinator.suspect();
        throw error;
      }),
      this.#endsOf(all, LATEST),
      this.#endsOf(all, EARLIEST),
    ]);
    for (const lane of all) {
      const begin = begins.get(lane) ?? 0n;
      const known = committed.get(lane) ?? begin;
      this.#starts[lane] = known > begin ? known : begin;
      this.#ends[lane] = ends.get(lane) ?? 0n;
    }
  }

  async #endsOf(lanes: readonly number[], timestamp: bigint): Promise<Map<number, bigint>> {
    const { commands } = this.#topology;
    const byLeader = Map.groupBy(lanes, (lane) => this.#leaderOf(lane));
    const ends = new Map<number, bigint>();
    const asking = [...byLeader].map(async ([leader, led]) => {
      const link = await this.#cluster.to(leader);
      const partitions = led.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp }));
      const answer = await link.ask(listOffsets, [-1, READ_COMMITTED, [{ name: commands, partitions }]]);
      for (const { partitionIndex, errorCode, offset } of answer.topics[0]?.partitions ?? []) {
        if (errorCode !== ErrorCode.none) throw this.#failed(partitionIndex, errorCode);
        ends.set(partitionIndex, offset);
      }
    });
    await Promise.all(asking);
    return ends;
  }

  /** When the first that waits was stored; undefined where it has just been settled. */
  async #oldestIn(lane: number): Promise<number | undefined> {
    const offset = this.#starts[lane]!;
    const known = this.#oldest[lane];
    if (known?.offset === offset) return known.atMs;
    const { commands } = this.#topology;
    const link = await this.#cluster.to(this.#leaderOf(lane));
    // One byte is enough: the first batch comes whole.
    const place = {
      partition: lane,
      currentLeaderEpoch: -1,
      fetchOffset: offset,
      lastFetchedEpoch: -1,
      partitionMaxBytes: 1,
    };
    const topics = [{ topicId: commands, partitions: [place] }];
    const answer = await link.ask(fetch, [0, 1, 1, READ_COMMITTED, 0, NO_SESSION, topics, [], '']);
    const read = answer.responses[0]?.partitions[0];
    if (!read || read.errorCode === ErrorCode.offsetOutOfRange) return undefined;
    if (read.errorCode !== ErrorCode.none) throw this.#failed(lane, read.errorCode);
    const [first] = readRange(offset, read.records ?? [], read.abortedTransactions ?? []).records;
    if (!first) return undefined;
    this.#oldest[lane] = { offset, atMs: first.timestampMs };
    return first.timestampMs;
  }

  #leaderOf(lane: number): number {
    const leader = this.#cluster.leaderOf(this.#topology.commands, lane);
    if (leader === undefined) throw new Error(`lane ${lane} has no broker that leads it`);
    return leader;
  }

  #failed(lane: number, code: number): Error {
    this.#cluster.suspect();
    return new Error(`lane ${lane} is not known: ${errorName(code)}`);
  }
}
