import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandsLeft, PublishError, TransportError, type HealthState } from '#messaging';
import type { SpoolOptions } from '#spool';
import { randomFrom, seeded, until, within } from '#testing';
import {
  DEADLINE_MS,
  envelope,
  failed,
  FaultyTransport,
  idsByKey,
  spoolOptions,
  type Fault,
} from './failover.fixture.js';
import { FailoverTransport } from './failover-transport.js';

describe('The spool before a broker', () => {
  const { seed } = seeded();
  let directory: string;
  let behind: FaultyTransport;
  let transport: FailoverTransport;

  const make = (changes: Partial<SpoolOptions> = {}) => new FailoverTransport(behind, spoolOptions(directory, changes));
  const publish = (id: string, key?: string, lane?: number) => transport.publish(envelope(id, key, lane), DEADLINE_MS);
  const backlogIs = (count: number) =>
    until(async () => (await transport.backlog()).count.value === count, `the backlog is ${count}`);

  /** Ends with these in lane 0 of the spool, each of the key that its id begins with, and a new broker and transport. */
  const leaveBehind = async (...ids: string[]) => {
    behind.broker.stop();
    await transport.open();
    for (const id of ids) await publish(id, id.slice(0, 1), 0);
    await expect(transport.close(100)).rejects.toThrow(CommandsLeft);
    behind = new FaultyTransport();
    transport = make();
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-failover-'));
    behind = new FaultyTransport();
    transport = make();
  });

  afterEach(async () => {
    await transport.close(DEADLINE_MS);
    rmSync(directory, { recursive: true });
  });

  test('opens while the broker is away, stores, and forwards and consumes once it is there', async () => {
    behind.broker.stop();
    await transport.open();
    expect(await publish('a', 'k')).toEqual({ durability: 'disk' });
    expect(await publish('b', 'k')).toEqual({ durability: 'disk' });
    expect(transport.health.state).toMatchObject({ status: 'up', reason: expect.stringMatching(/go to the spool/) });
    const seen: string[] = [];
    const consuming = transport.consume(
      { batchMax: 10, batchBytesMax: 1_000_000, batchWaitMs: 0, prefetch: 10 },
      async ({ deliveries }) => {
        for (const delivery of deliveries) if (delivery.kind === 'decoded') seen.push(delivery.envelope.id);
      },
    );
    behind.broker.start();
    await consuming;
    await until(() => seen.length === 2, 'both were consumed');
    expect(seen).toEqual(['a', 'b']);
    await until(() => transport.health.state.reason === undefined, 'the spool is told to be empty');
    expect(await publish('c', 'k')).toEqual({ durability: 'memory' });
  });

  test('rejects at open what waiting does not mend, leaves the spool to others, and may be opened again', async () => {
    behind.broker.openRefusal = new TransportError('Wrong credentials.', { setting: 'MEMORY_PASSWORD' });
    await expect(transport.open()).rejects.toMatchObject({ setting: 'MEMORY_PASSWORD' });
    const other = new FailoverTransport(new FaultyTransport(), spoolOptions(directory));
    await other.open();
    await expect(transport.open()).rejects.toMatchObject({ setting: 'DATA_DIR' });
    await other.close(DEADLINE_MS);
    behind.broker.openRefusal = undefined;
    await transport.open();
    expect(await publish('a')).toEqual({ durability: 'memory' });
  });

  test.each(['unavailable', 'overloaded', 'timeout', 'interrupted'] as const)(
    'stores in the spool what the broker refuses as %s, and forwards it when that ends',
    async (failure) => {
      await transport.open();
      let fails = true;
      behind.fault = () => (fails ? failed(failure) : undefined);
      expect(await publish('a')).toEqual({ durability: 'disk' });
      await backlogIs(1);
      fails = false;
      await until(() => behind.ids.length === 1, 'it was forwarded');
      expect(behind.ids).toEqual(['a']);
    },
  );

  test.each(['unroutable', 'too-large', 'closed'] as const)('passes on what is refused as %s', async (failure) => {
    await transport.open();
    behind.fault = () => failed(failure);
    await expect(publish('a')).rejects.toMatchObject({ outcome: 'not-stored', failure });
    await backlogIs(0);
  });

  test('repeats an unknown outcome with the same id, before anything later of its key', async () => {
    await transport.open();
    behind.fault = ({ id }) => (behind.ids.includes(id) || id !== 'a' ? undefined : failed('timeout', 'unknown'));
    expect(await publish('a', 'k')).toEqual({ durability: 'disk' });
    await publish('b', 'k');
    await until(() => behind.ids.includes('b'), 'the later one came');
    expect(behind.ids).toEqual(['a', 'a', 'b']);
  });

  test('gives a frozen broker a part of the deadline once, and then goes by the spool until it answers', async () => {
    await transport.open();
    const thaw = behind.freeze();
    behind.health.set({ status: 'up' });
    expect(await transport.publish(envelope('a', 'k', 0), 2_000)).toEqual({ durability: 'disk' });
    const startedMs = performance.now();
    expect(await transport.publish(envelope('b', 'l', 1), DEADLINE_MS)).toEqual({ durability: 'disk' });
    expect(performance.now() - startedMs).toBeLessThan(DEADLINE_MS / 2);
    thaw();
    await until(() => behind.ids.includes('a') && behind.ids.includes('b'), 'both were forwarded', 20_000);
  });

  test('sends a lane by the spool as long as it holds anything there, and the other lanes directly', async () => {
    await transport.open();
    const gate = Promise.withResolvers<undefined>();
    behind.fault = ({ id }) => (id === 'a' ? failed('overloaded') : undefined);
    await publish('a', 'k', 0);
    behind.fault = ({ id }) => (id === 'a' ? gate.promise : undefined);
    expect(await publish('b', 'l', 0)).toEqual({ durability: 'disk' });
    expect(await publish('c', 'm', 1)).toEqual({ durability: 'memory' });
    gate.resolve(undefined);
    await until(() => behind.ids.length === 3, 'all were forwarded');
    expect(await publish('d', 'k', 0)).toEqual({ durability: 'memory' });
  });

  test('forwards keys side by side, and one key after the other', async () => {
    await leaveBehind('a1', 'a2', 'b1', 'b2', 'c1');
    const gates = new Map<string, () => void>();
    behind.fault = ({ id }) => new Promise((resolve) => gates.set(id, () => resolve(undefined)));
    await transport.open();
    const opens = async (id: string) => {
      await until(() => gates.has(id), `${id} is under way`);
      gates.get(id)?.();
    };
    await until(() => gates.size === 3, 'the first of each key is under way');
    expect([...gates.keys()]).toEqual(['a1', 'b1', 'c1']);
    for (const id of ['c1', 'b1', 'b2', 'a1', 'a2']) await opens(id);
    await until(() => behind.ids.length === 5, 'all were forwarded');
    expect(behind.ids).toEqual(['c1', 'b1', 'b2', 'a1', 'a2']);
  });

  test('is forwarded once, though an earlier command of another key failed meanwhile, and pauses longer and longer', async () => {
    await leaveBehind('a1', 'b1', 'b2', 'c1');
    let fails = true;
    let attempts = 0;
    behind.fault = ({ id }) => {
      if (id !== 'a1' || !fails) return undefined;
      attempts += 1;
      return failed('overloaded');
    };
    await transport.open();
    await until(() => behind.ids.length === 3 && attempts >= 5, 'the others were forwarded, and it was tried again');
    await backlogIs(7);
    const startedMs = performance.now();
    await until(() => attempts >= 8, 'it was tried some more');
    // Without a pause between them these would be over at once.
    expect(performance.now() - startedMs).toBeGreaterThan(20);
    fails = false;
    await until(() => behind.ids.length === 4, 'all were forwarded');
    expect(behind.ids.toSorted()).toEqual(['a1', 'b1', 'b2', 'c1']);
  });

  test('is overloaded when the spool is full, says unknown where the broker may have it, and goes on later', async () => {
    transport = make({ countMax: 3 });
    behind.broker.stop();
    await transport.open();
    for (const id of ['a', 'b', 'c']) await publish(id, 'k', 0);
    await expect(publish('d', 'k', 0)).rejects.toMatchObject({ failure: 'overloaded', setting: 'SPOOL_COUNT_MAX' });
    expect(transport.health.state).toMatchObject({ status: 'blocked', reason: expect.stringMatching(/spool is full/) });
    behind.broker.start();
    await until(() => behind.ids.length === 3, 'the spool was forwarded');
    await until(() => transport.health.state.status === 'up', 'it is up again');
    expect(await publish('e', 'k', 0)).toEqual({ durability: 'memory' });
  });

  test('stays unknown when the broker may have a command that the spool refuses', async () => {
    transport = make({ countMax: 1 });
    await transport.open();
    const held = Promise.withResolvers<undefined>();
    behind.fault = ({ id }) => (id === 'a' ? failed('overloaded') : failed('interrupted', 'unknown'));
    const spooled = publish('a', 'k', 0);
    await spooled;
    behind.fault = ({ id }) => (id === 'a' ? held.promise : failed('interrupted', 'unknown'));
    await expect(publish('b', 'l', 1)).rejects.toMatchObject({ outcome: 'unknown', failure: 'overloaded' });
    behind.fault = () => undefined;
    held.resolve(undefined);
    await until(() => behind.ids.includes('a'), 'the first was forwarded');
  });

  test('forwards what the disk damaged as a dead letter with its bytes, and the rest of the lane', async () => {
    await leaveBehind('a', 'b', 'c');
    const file = join(directory, 'spool.sqlite');
    writeFileSync(file, readFileSync(file, 'latin1').replaceAll('{"id":"b"}', '{"id":"x"}'), 'latin1');
    await transport.open();
    await until(() => behind.ids.length === 3, 'all three were forwarded');
    const damaged = behind.stored.find(({ type }) => type === 'sluice.spool.damaged');
    expect(Buffer.from(damaged?.body ?? []).toString()).toContain('{"id":"x"}');
    expect(damaged?.attributes['damage']).toMatch(/damaged in the spool/);
    expect(behind.ids.filter((id) => id !== damaged?.id).toSorted()).toEqual(['a', 'c']);
  });

  test('cuts what the disk damaged to what the broker takes, so that it holds up nothing', async () => {
    await leaveBehind('a', 'b', 'c');
    const file = join(directory, 'spool.sqlite');
    writeFileSync(file, readFileSync(file, 'latin1').replaceAll('{"id":"b"}', '{"id":"x"}'), 'latin1');
    Object.assign(behind, { guarantees: { ...behind.guarantees, messageBytesMax: 40 } });
    await transport.open();
    await until(() => behind.ids.length === 3, 'all three were forwarded');
    const damaged = behind.stored.find(({ type }) => type === 'sluice.spool.damaged');
    expect(damaged?.body).toHaveLength(40);
    expect(damaged?.attributes['damage']).toMatch(/Of \d+ bytes the first are kept/);
  });

  test('says at close what stays in the spool, and forwards it at the next start before anything new', async () => {
    behind.broker.stop();
    await transport.open();
    for (const id of ['a', 'b']) await publish(id, 'k', 2);
    const error: unknown = await transport.close(200).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ count: 2, lanes: [0, 0, 2, 0], directory });
    expect(String(error)).toMatch(/2 accepted commands stay in the spool .*2 in lane 2/);
    behind = new FaultyTransport();
    transport = make();
    await transport.open();
    await publish('c', 'k', 2);
    await until(() => behind.ids.length === 3, 'all were forwarded');
    expect(behind.ids).toEqual(['a', 'b', 'c']);
  });

  test('forwards at close what it can until the deadline', async () => {
    await transport.open();
    behind.broker.stop();
    for (const id of ['a', 'b']) await publish(id, 'k', 2);
    const closing = transport.close(DEADLINE_MS);
    behind.broker.start();
    await within(closing, 'it closes once the spool is empty');
    expect(behind.ids).toEqual(['a', 'b']);
  });

  test('tells operators when it goes by the spool, and why, once at each change', async () => {
    await transport.open();
    const told: HealthState[] = [];
    transport.health.watch((state) => told.push(state));
    behind.broker.stop();
    for (let n = 0; n < 20; n++) await publish(`c${n}`);
    behind.broker.start();
    await until(() => behind.ids.length === 20, 'all were forwarded');
    await until(() => told.at(-1)?.reason === undefined, 'the spool is told to be empty');
    expect(new Set(told.map(({ status }) => status))).toEqual(new Set(['up']));
    expect(told[0]?.reason).toMatch(/Commands go to the spool: The broker was stopped/);
    expect(told.length).toBeLessThanOrEqual(5);
  });

  test('keeps the order of every key and loses nothing while the broker comes, goes, freezes and refuses under load', async () => {
    const random = randomFrom(seed);
    await transport.open();
    const accepted: string[] = [];
    const load = async (key: string) => {
      for (let n = 0; n < 60; n++) {
        const id = `${key}-${n}`;
        await publish(id, key);
        accepted.push(id);
        if (random.next() < 0.2) await new Promise((resolve) => setTimeout(resolve, random.integer(0, 20)));
      }
    };
    const sometimes: Fault = () =>
      random.next() < 0.7
        ? undefined
        : random.pick([failed('overloaded'), failed('timeout', 'unknown'), failed('interrupted', 'unknown')]);
    let isOver = false;
    const trouble = async () => {
      while (!isOver) {
        const turn = random.integer(0, 2);
        if (turn === 0) behind.broker.stop();
        if (turn === 1) behind.fault = sometimes;
        const thaw = turn === 2 ? behind.freeze() : () => undefined;
        await new Promise((resolve) => setTimeout(resolve, random.integer(5, 60)));
        behind.broker.start();
        behind.fault = () => undefined;
        thaw();
        await new Promise((resolve) => setTimeout(resolve, random.integer(0, 30)));
      }
    };
    const keys = Array.from({ length: 24 }, (_, n) => `key${n}`);
    const troubling = trouble();
    await Promise.all(keys.map(load));
    isOver = true;
    await troubling;
    const all = () => new Set(behind.ids);
    await until(() => accepted.every((id) => all().has(id)), 'everything accepted was forwarded', 30_000);
    const expected = keys.map((key) => [key, Array.from({ length: 60 }, (_, n) => `${key}-${n}`)] as const);
    expect(idsByKey(behind.stored)).toEqual(new Map(expected));
  }, 60_000);

  test('refuses use before open', async () => {
    await expect(transport.backlog()).rejects.toThrow(/not open yet/);
    await expect(publish('a')).rejects.toBeInstanceOf(PublishError);
  });
});
