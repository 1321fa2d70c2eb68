import { pause } from '../pause.js';
import type { Cluster } from './cluster.js';
import type { Link } from './link.js';
import { EARLIEST, ErrorCode, errorName, fetch, LATEST, listOffsets, NO_SESSION, READ_COMMITTED } from './protocol.js';
import { readRange, type ReadRange } from './records.js';

/** How long a broker holds a read to which it has nothing to give. */
const WAIT_MS = 2_000;
const PAUSE_MS_FIRST = 50;
const PAUSE_MS_MOST = 1_000;

export interface ReaderParts {
  readonly cluster: Cluster;
  readonly topic: string;
  readonly partition: number;
  /** Shows at the broker. */
  readonly purpose: string;
  /** Aborts when no more is to be read. */
  readonly signal: AbortSignal;
  /** Waits until there is room, and tells how many bytes one read may bring; a single larger batch comes all the same. */
  readonly room: () => Promise<number>;
  /** Takes what was read, and returns where to read on: earlier than its end where not all of it found room. */
  readonly onRange: (range: ReadRange) => bigint;
  /** What keeps it from reading, or that nothing does. */
  readonly onFailure: (reason: string | undefined) => void;
}

/** Reads one partition from an offset on, over a connection of its own, until its signal aborts. */
export class PartitionReader {
  readonly #parts: ReaderParts;
  #link: Link | undefined;
  #offset: bigint;

  /** `LATEST` and `EARLIEST` are found out when it starts. */
  constructor(parts: ReaderParts, offset: bigint) {
    this.#parts = parts;
    this.#offset = offset;
  }

  /** Resolves when its signal has aborted. Whatever fails is tried again. */
  async run(): Promise<void> {
    const { signal, room, onFailure, cluster } = this.#parts;
    const cut = () => this.#link?.cut('nothing more is read');
    signal.addEventListener('abort', cut);
    for (let failures = 0; !signal.aborted;) {
      const bytes = await room();
      if (signal.aborted) break;
      try {
        await this.#read(bytes);
        if (failures > 0) onFailure(undefined);
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        onFailure((error as Error).message);
        cluster.suspect();
        await pause(Math.min(PAUSE_MS_MOST, PAUSE_MS_FIRST * 2 ** failures), signal);
      }
    }
    signal.removeEventListener('abort', cut);
    cut();
  }

  async #read(bytes: number): Promise<void> {
    const { topic, partition, onRange } = this.#parts;
    const link = await this.#linkToLeader();
    if (this.#offset < 0n) this.#offset = await this.#endOf(link, this.#offset);
    const place = { partition, currentLeaderEpoch: -1, fetchOffset: this.#offset, lastFetchedEpoch: -1 };
    const topics = [{ topicId: topic, partitions: [{ ...place, partitionMaxBytes: bytes }] }];
    const answer = await link.ask(fetch, [WAIT_MS, 1, bytes, READ_COMMITTED, 0, NO_SESSION, topics, [], '']);
    const read = answer.responses[0]?.partitions[0];
    const code = read?.errorCode ?? answer.errorCode;
    if (code === ErrorCode.offsetOutOfRange) {
      // What stood there is deleted, or a broker has lost it: all that is left comes, and the ledger knows what was settled.
      this.#offset = EARLIEST;
      return;
    }
    if (code !== ErrorCode.none || !read) {
      link.cut(errorName(code));
      throw new Error(`partition ${partition} of ${topic} is not read: ${errorName(code)}`);
    }
    if (!read.records || read.records.length === 0) return;
    this.#offset = onRange(readRange(this.#offset, read.records, read.abortedTransactions ?? []));
  }

  async #linkToLeader(): Promise<Link> {
    const { cluster, topic, partition, purpose, signal } = this.#parts;
    const leader = cluster.leaderOf(topic, partition);
    if (leader === undefined) throw new Error(`partition ${partition} of ${topic} has no leader`);
    if (this.#link && !this.#link.isLost) return this.#link;
    return (this.#link = await cluster.dial(leader, purpose, signal));
  }

  async #endOf(link: Link, end: bigint): Promise<bigint> {
    const { topic, partition } = this.#parts;
    const asked = { partitionIndex: partition, currentLeaderEpoch: -1, timestamp: end === LATEST ? LATEST : EARLIEST };
    const answer = await link.ask(listOffsets, [-1, READ_COMMITTED, [{ name: topic, partitions: [asked] }]]);
    const found = answer.topics[0]?.partitions[0];
    if (found?.errorCode === ErrorCode.none) return found.offset;
    const code = found?.errorCode ?? ErrorCode.unknownTopic;
    link.cut(errorName(code));
    throw new Error(`the end of partition ${partition} of ${topic} is not known: ${errorName(code)}`);
  }
}
