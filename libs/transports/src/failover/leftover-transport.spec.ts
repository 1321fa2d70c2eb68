import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CommandsLeft, laneOf, type Transport } from '#messaging';
import { Spool } from '#spool';
import { randomFrom, seeded, until } from '#testing';
import { DEADLINE_MS, envelope, failed, FaultyTransport, idsByKey, LANES, spoolOptions } from './failover.fixture.js';
import { FailoverTransport } from './failover-transport.js';
import { LeftoverTransport } from './leftover-transport.js';

const KEYS = 12;
const script = fileURLToPath(import.meta.resolve('./spooling-process.fixture.js'));

/** Lets a gateway without a broker accept commands, kills it after `enough`, and returns what it accepted, by key. */
async function acceptUntilKilled(directory: string, enough: number): Promise<Map<string, string[]>> {
  const child = spawn(process.execPath, [script, directory, String(KEYS)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const accepted: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (id) => {
    if (accepted.push(id) === enough) child.kill('SIGKILL');
  });
  await Promise.all([once(child, 'exit'), once(lines, 'close')]);
  return Map.groupBy(accepted, (id) => id.split('/')[0] ?? '');
}

describe('A gateway that starts where another left commands in the spool', () => {
  const { seed } = seeded();
  let directory: string;
  let behind: FaultyTransport;
  let transport: Transport;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-leftover-'));
    behind = new FaultyTransport();
    transport = new LeftoverTransport(behind, spoolOptions(directory));
  });

  afterEach(async () => {
    await transport.close(DEADLINE_MS);
    rmSync(directory, { recursive: true });
  });

  const leave = async (...ids: string[]) => {
    const spool = await Spool.open(spoolOptions(directory));
    for (const id of ids) await spool.append(envelope(id, id, 0), DEADLINE_MS);
    await spool.close(DEADLINE_MS);
  };

  test.each([
    ['SPOOL=failover', () => new FailoverTransport(behind, spoolOptions(directory))],
    ['no spool', () => transport],
  ])('forwards all that a killed gateway had accepted, in order, before its new commands, with %s', async (_, make) => {
    const accepted = await acceptUntilKilled(directory, randomFrom(seed).integer(50, 600));
    transport = make();
    await transport.open();
    const publishing = [...accepted.keys()].map((key) => transport.publish(envelope(`${key}/new`, key), DEADLINE_MS));
    await Promise.all(publishing);
    await until(async () => behind.ids.filter((id) => id.endsWith('/new')).length === accepted.size, 'all came');
    const forwarded = idsByKey(behind.stored);
    for (const [key, ids] of accepted) {
      const here = forwarded.get(key) ?? [];
      // The kill may have come between the fsync and the answer.
      expect(here.slice(0, ids.length)).toEqual(ids);
      expect(here.at(-1)).toBe(`${key}/new`);
    }
  });

  test('takes commands of other lanes meanwhile, and refuses those of the lane as not stored when it takes long', async () => {
    await leave('a', 'b');
    behind.fault = ({ id }) => (id === 'a' ? failed('overloaded') : undefined);
    await transport.open();
    expect(transport.health.state).toMatchObject({ status: 'up', reason: expect.stringMatching(/earlier run left/) });
    expect(await transport.publish(envelope('c', 'c', 1), DEADLINE_MS)).toEqual({ durability: 'memory' });
    const refused = transport.publish(envelope('d', 'd', 0), 100);
    await expect(refused).rejects.toMatchObject({ outcome: 'not-stored', failure: 'unavailable', retryAfterMs: 2_000 });
    behind.fault = () => undefined;
    await transport.publish(envelope('e', 'e', 0), DEADLINE_MS);
    expect(behind.ids).not.toContain('d');
    expect(behind.ids.at(-1)).toBe('e');
    await until(() => transport.health.state.reason === undefined, 'nothing is left');
  });

  test('gives the spool up once it is empty, so that others may have it', async () => {
    await leave('a');
    await transport.open();
    await until(() => behind.ids.length === 1, 'it was forwarded');
    const other = new LeftoverTransport(new FaultyTransport(), spoolOptions(directory));
    await until(() => other.open().then(() => true), 'another process may open the spool');
    await other.close(DEADLINE_MS);
    expect(await transport.publish(envelope('b'), DEADLINE_MS)).toEqual({ durability: 'memory' });
  });

  test('counts what is left in the backlog, and says at close what stays', async () => {
    await leave('a', 'b');
    behind.fault = () => failed('unavailable');
    await transport.open();
    expect((await transport.backlog()).lanes).toEqual([2, 0, 0, 0]);
    await expect(transport.close(100)).rejects.toThrow(CommandsLeft);
    behind = new FaultyTransport();
    transport = new LeftoverTransport(behind, spoolOptions(directory));
    await transport.open();
    await until(() => behind.ids.length === 2, 'both were forwarded');
  });

  test('refuses a spool of another number of lanes, naming the setting', async () => {
    await leave('a');
    const other = new LeftoverTransport(new FaultyTransport(), spoolOptions(directory, { lanes: LANES + 1 }));
    await expect(other.open()).rejects.toMatchObject({ setting: 'LANES' });
    await other.close(DEADLINE_MS);
    await transport.open();
    await until(() => behind.ids.length === 1, 'it was forwarded');
  });

  test('makes no spool where there is none', async () => {
    await transport.open();
    await transport.publish(envelope('a', 'a', laneOf('a', LANES)), DEADLINE_MS);
    expect(Spool.isIn(directory)).toBe(false);
  });
});
