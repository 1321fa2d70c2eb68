import type { MessageRecord } from '@platformatic/kafka';
import { NoticeBoard } from '../notice-board.js';
import { pause } from '../pause.js';
import type { Cluster } from './cluster.js';
import type { Link } from './link.js';
import { PartitionReader } from './partition-reader.js';
import { ACKS_LEADER, LATEST, produce } from './protocol.js';

const PARTITION = 0;
const ANSWER_MS = 2_000;
/** What waits for its turn to be sent; more is dropped, since a notice is a hint that ages. */
const WAITING_COUNT_MAX = 1_000;
const WAITING_BYTES_MAX = 4 * 1024 ** 2;
const READ_BYTES = 1024 ** 2;
/** What the broker has to take in what was sent last. */
const FLUSH_MS_MAX = 500;
/** Before a broker that did not take notices is tried again. */
const AGAIN_MS = 500;

/** What processes tell each other beside the commands, by a topic that each listener reads from its end on. */
export class Notices {
  readonly #cluster: Cluster;
  readonly #topic: string;
  readonly #board = new NoticeBoard();
  readonly #ended = new AbortController();
  #waiting: MessageRecord[] = [];
  #waitingBytes = 0;
  #sending: Promise<void> | undefined;
  #link: Link | undefined;
  #reading: Promise<void> | undefined;

  constructor(cluster: Cluster, topic: string) {
    this.#cluster = cluster;
    this.#topic = topic;
  }

  notify(notice: Uint8Array): void {
    const isFull = this.#waiting.length >= WAITING_COUNT_MAX || this.#waitingBytes >= WAITING_BYTES_MAX;
    if (this.#ended.signal.aborted || !this.#cluster.isUp || isFull) return;
    this.#waiting.push({ topic: this.#topic, partition: PARTITION, value: Buffer.from(notice) });
    this.#waitingBytes += notice.byteLength;
    this.#sending ??= this.#send().finally(() => (this.#sending = undefined));
  }

  /** The topic is read from the first listener on: most consumers never listen. */
  listen(onNotice: (notice: Uint8Array) => void): () => void {
    if (!this.#ended.signal.aborted) this.#reading ??= this.#read();
    return this.#board.listen(onNotice);
  }

  /** The broker has what was sent, or had time for it. */
  async close(): Promise<void> {
    this.#ended.abort();
    const flushed = new AbortController();
    void (this.#sending ?? Promise.resolve()).then(() => flushed.abort());
    await pause(FLUSH_MS_MAX, flushed.signal);
    this.#link?.cut('the transport closes');
    await this.#reading;
    this.#board.clear();
  }

  async #send(): Promise<void> {
    // Those of the same turn go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const records = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      try {
        const link = await this.#linkToLeader();
        await link.ask(produce, [ACKS_LEADER, ANSWER_MS, records, {}], 2 * ANSWER_MS);
      } catch {
        this.#waiting = [];
        this.#waitingBytes = 0;
        await pause(AGAIN_MS, this.#ended.signal);
      }
    }
  }

  async #linkToLeader(): Promise<Link> {
    if (this.#link && !this.#link.isLost) return this.#link;
    const leader = this.#cluster.leaderOf(this.#topic, PARTITION);
    if (leader === undefined) throw new Error('the topic of notices has no leader');
    return (this.#link = await this.#cluster.dial(leader, 'notices', this.#cluster.closing));
  }

  #read(): Promise<void> {
    const reader = new PartitionReader(
      {
        cluster: this.#cluster,
        topic: this.#topic,
        partition: PARTITION,
        purpose: 'listening',
        signal: this.#ended.signal,
        room: async () => READ_BYTES,
        onRange: ({ records, nextOffset }) => {
          for (const { body } of records) if (body) this.#board.notify(body);
          return nextOffset;
        },
        onFailure: () => undefined,
      },
      LATEST,
    );
    return reader.run();
  }
}
