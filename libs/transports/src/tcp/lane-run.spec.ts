import type { Batch, ConsumeOptions } from '#messaging';
import type { SpoolEntry } from '#spool';
import { until } from '#testing';
import type { Frame, Link } from '#wire';
import { LaneRun } from './lane-run.js';
import { Peer } from './peer.js';
import { Pull, Released, Settled } from './protocol.js';
import { RemoteSource } from './remote-source.js';
import { envelope } from './tcp.fixture.js';

const LANE = 3;
const BYTES = 1_000;

/** A gateway as the run sees it: what it was sent, and answers that the test gives. */
class Gateway {
  readonly sent: Frame[] = [];
  readonly source: RemoteSource;
  readonly #name: string;
  #answeredTo = 0;

  constructor(name: string, last: number) {
    this.#name = name;
    const link = {
      peer: name,
      greeting: { instance: name },
      closed: false,
      send: (frame: Frame) => this.sent.push(frame),
    };
    this.source = new RemoteSource(new Peer(link as unknown as Link), { lane: LANE, assignment: 1, from: 0, last });
  }

  /** What was asked for and not answered yet. */
  get pulls() {
    return this.sent.filter(({ kind }) => kind === Pull.kind).map((frame) => Pull.read(frame));
  }

  get settledTo(): number | undefined {
    const settled = this.sent.filter(({ kind }) => kind === Settled.kind).at(-1);
    return settled && Settled.read(settled).seq;
  }

  get released(): boolean {
    return this.sent.some(({ kind }) => kind === Released.kind);
  }

  answer(run: LaneRun, count: number, last: number): void {
    const entries: SpoolEntry[] = Array.from({ length: count }, () => {
      const seq = ++this.#answeredTo;
      return { seq, bytes: BYTES, delivery: { kind: 'decoded', envelope: envelope(`${this.#name}${seq}`, LANE) } };
    });
    run.received(this.source, entries, last);
  }
}

describe('A run of a lane for several gateways', () => {
  let batches: Batch[];
  let endings: (() => void)[];
  let ownership: number;
  let run: LaneRun;

  function start(options: Partial<ConsumeOptions> = {}): void {
    [batches, endings, ownership] = [[], [], 0];
    run = new LaneRun({
      lane: LANE,
      options: { batchMax: 4, batchBytesMax: 100 * BYTES, batchWaitMs: 0, prefetch: 10, ...options },
      onBatch: (batch) => {
        batches.push(batch);
        return new Promise((resolve) => endings.push(resolve));
      },
      nextOwnership: () => ++ownership,
      after: Promise.resolve(),
    });
  }

  afterEach(() => run.abandon());

  const runs = (count: number) => until(() => batches.length === count, `${count} batches were handed over`);
  const idsOf = ({ deliveries }: Batch) =>
    deliveries.map((delivery) => (delivery.kind === 'decoded' ? delivery.envelope.id : ''));

  test('asks all of them together for no more than prefetch, in turn, while a batch runs', async () => {
    start();
    const [a, b] = [new Gateway('a', 100), new Gateway('b', 100)];
    run.add(a.source);
    expect(a.pulls.map(({ count }) => count)).toEqual([10]);
    a.answer(run, 6, 100);
    await runs(1);
    run.add(b.source);
    const asked = () => [a, b].reduce((sum, { source }) => sum + source.askedCount, 0);
    // Six are here, so four may be under way.
    expect(asked()).toBe(4);
    a.answer(run, a.source.askedCount, 100);
    expect(asked()).toBe(0);
    endings[0]?.();
    await runs(2);
    expect(asked()).toBe(4);
    expect([a.source.askedCount, b.source.askedCount]).toEqual([2, 2]);
  });

  test('asks for no more bytes than two batches', async () => {
    start({ batchBytesMax: 3 * BYTES, prefetch: 1_000 });
    const a = new Gateway('a', 100);
    run.add(a.source);
    expect(a.pulls.map(({ bytes }) => bytes)).toEqual([6 * BYTES]);
    a.answer(run, 6, 100);
    await runs(1);
    expect(a.source.askedCount).toBe(0);
    endings[0]?.();
    await runs(2);
    expect(a.pulls.at(-1)?.bytes).toBe(3 * BYTES);
  });

  test('settles each of them as far as the batch went', async () => {
    start();
    const [a, b] = [new Gateway('a', 2), new Gateway('b', 2)];
    run.add(a.source);
    run.add(b.source);
    a.answer(run, 2, 2);
    b.answer(run, 2, 2);
    await runs(1);
    expect(batches.map(idsOf)).toEqual([['a1', 'a2', 'b1', 'b2']]);
    endings[0]?.();
    await until(() => a.settledTo === 2 && b.settledTo === 2, 'both are settled');
  });

  test('gives one back when the batch with its deliveries has ended, and goes on for the other', async () => {
    start();
    const [a, b] = [new Gateway('a', 6), new Gateway('b', 3)];
    run.add(a.source);
    run.add(b.source);
    a.answer(run, 5, 6);
    b.answer(run, 3, 3);
    await runs(1);
    run.revoke(a.source);
    expect(a.released).toBe(false);
    endings[0]?.();
    await until(() => a.released, 'the one is released');
    expect(a.settledTo).toBe(4);
    await runs(2);
    expect(batches.map(idsOf)).toEqual([
      ['a1', 'a2', 'a3', 'a4'],
      ['b1', 'b2', 'b3'],
    ]);
    expect(b.released).toBe(false);
  });

  test('settles the rest of a batch when the link of one of them is lost, and loses the lane with the last', async () => {
    start();
    const [a, b] = [new Gateway('a', 1), new Gateway('b', 1)];
    run.add(a.source);
    run.add(b.source);
    a.answer(run, 1, 1);
    b.answer(run, 1, 1);
    await runs(1);
    run.lose(a.source);
    endings[0]?.();
    await until(() => b.settledTo === 1, 'the other is settled');
    expect(a.settledTo).toBeUndefined();
    run.lose(b.source);
    await run.ended;
    expect(run.taking).toBe(false);
  });

  test('renews the ownership as long as deliveries come that may have run before, and no longer', async () => {
    start({ prefetch: 8 });
    const a = new Gateway('a', 100);
    run.add(a.source);
    const settleOne = async (nth: number) => {
      await runs(nth);
      endings[nth - 1]?.();
    };
    a.answer(run, 8, 100);
    await settleOne(1);
    await settleOne(2);
    // Only the first batchMax of one that joins may have run before; they come two by two here.
    const b = new Gateway('b', 100);
    run.add(b.source);
    for (let turn = 0; turn < 4; turn++) {
      a.answer(run, 2, 100);
      b.answer(run, 2, 100);
      await settleOne(3 + turn);
    }
    await until(() => b.settledTo === 8, 'all is settled');
    expect(batches.slice(0, 2).map((batch) => batch.ownership)).toEqual([1, 1]);
    const careful = new Map<number, number>();
    let unsafe = 0;
    for (const batch of batches) {
      const before = careful.get(batch.ownership) ?? 0;
      const early = idsOf(batch).filter((id) => ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3', 'b4'].includes(id));
      if (before >= 4 && early.length > 0) unsafe += 1;
      careful.set(batch.ownership, before + batch.deliveries.length);
    }
    expect(unsafe).toBe(0);
    expect(ownership).toBeLessThanOrEqual(3);
  });
});
