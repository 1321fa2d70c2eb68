import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError } from '#settings';
import { until } from '#testing';
import { hostPortText } from '#wire';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { loadTransport } from '../index.js';
import { tcp } from './index.js';
import { addressOf, DEADLINE_MS, envelope, Installation, LANES, SPOOL } from './tcp.fixture.js';
import { TcpTransport } from './tcp-transport.js';

describe('The TCP transport', () => {
  let here: Installation;

  beforeEach(() => {
    here = new Installation();
  });

  afterEach(() => here.close());
  afterAll(() => Logger.overrideLogger(new ConsoleLogger()));

  test('takes no lane over a link with another token, says so, and commands wait', async () => {
    const logged: string[] = [];
    const line = (message: unknown) => void logged.push(String(message));
    Logger.overrideLogger({ log: line, warn: line, error: line });
    const consumer = await here.listener(0, 'the token of the installation');
    await here.consume('consumer', consumer);
    const stranger = await here.gateway('gateway', [addressOf(consumer)], 'some other token');
    await stranger.publish(envelope('waits', 1), DEADLINE_MS);
    await until(() => /WIRE_TOKEN/.test(stranger.health.state.reason ?? ''), 'health names the setting');
    expect(logged).toEqual([expect.stringMatching(/^Refused a link for commands from 127\.0\.0\.1:\d+: .*WIRE_TOKEN/)]);
    expect(stranger.health.state.status).toBe('up');
    expect(here.handOvers).toEqual([]);
    await stranger.close(DEADLINE_MS);
    await here.gateway('gateway', [addressOf(consumer)], 'the token of the installation');
    await until(() => here.settled.includes('waits'), 'it was kept for a gateway that is let in');
  });

  test('gives no lane to a process with another number of them, and names the setting', async () => {
    const consumer = await here.listener();
    await here.consume('consumer', consumer);
    const gateway = await here.gateway('gateway', [addressOf(consumer)], undefined, LANES * 2);
    await until(() => /LANES/.test(gateway.health.state.reason ?? ''), 'health names the setting');
    expect(gateway.health.state.status).toBe('up');
  });

  test('is up while nobody consumes, with the reason, and up without one when somebody does', async () => {
    const consumer = await here.listener();
    const gateway = await here.gateway('gateway', [addressOf(consumer)]);
    expect(gateway.health.state).toMatchObject({ status: 'up', reason: expect.stringMatching(/TCP_PEERS/) });
    await until(() => /consumes/.test(gateway.health.state.reason ?? ''), 'it is linked');
    await here.consume('consumer', consumer);
    await until(() => gateway.health.state.reason === undefined, 'it has somebody who consumes');
  });

  test('lets what consumers have in hand settle when a gateway closes, and keeps the rest', async () => {
    const consumer = await here.listener();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    await here.consume('consumer', consumer, () => ended);
    const gateway = await here.gateway('gateway', [addressOf(consumer)]);
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const id of ids) await gateway.publish(envelope(id, 3), DEADLINE_MS);
    await until(() => here.handOvers.length === 1, 'a batch is in hand');
    const closing = gateway.close(DEADLINE_MS);
    await expect(gateway.publish(envelope('late', 3), DEADLINE_MS)).rejects.toMatchObject({ failure: 'closed' });
    await here.passMuch(consumer, gateway);
    end();
    await closing;
    const inHand = here.handedOver(3);
    expect(inHand).toEqual(ids.slice(0, inHand.length));
    expect(here.settled).toEqual(inHand);
    await here.gateway('gateway', [addressOf(consumer)]);
    await until(() => here.settled.length === ids.length, 'the rest came from the spool');
    expect(here.handedOver(3)).toEqual(ids);
  });

  test('hands over what the disk damaged as undecoded, in its place, and goes on', async () => {
    const consumer = await here.listener();
    const gateway = await here.gateway('gateway', [addressOf(consumer)]);
    for (const id of ['a', 'b', 'c']) await gateway.publish(envelope(id, 0), DEADLINE_MS);
    await gateway.close(DEADLINE_MS);
    const file = join(here.directoryOf('gateway'), 'spool.sqlite');
    writeFileSync(file, readFileSync(file, 'latin1').replaceAll('{"is":"b"}', '{"is":"x"}'), 'latin1');
    await here.consume('consumer', consumer);
    await here.gateway('gateway', [addressOf(consumer)]);
    await until(() => here.settled.length === 3, 'all three were delivered');
    expect(here.settled).toEqual(['a', expect.stringMatching(/damaged/), 'c']);
  });

  test('delivers what the in-process transport left in the same DATA_DIR', async () => {
    const consumer = await here.listener();
    await here.consume('consumer', consumer);
    const installation = {
      lanes: LANES,
      dataDir: here.directoryOf('data'),
      roles: { publishes: true, consumes: false },
    };
    const make = async (name: string, given: object) => {
      const plugin = await loadTransport(name);
      const defaults = Object.entries(plugin.settings).map(([setting, { default: value }]) => [setting, value]);
      return plugin.create({ ...Object.fromEntries(defaults), ...given }, installation);
    };
    const before = await make('in-process', {});
    await before.open();
    await before.publish(envelope('left', 2), DEADLINE_MS);
    await before.close(DEADLINE_MS);
    const after = await make('tcp', { TCP_PEERS: hostPortText(addressOf(consumer)) });
    await after.open();
    await until(() => here.settled.includes('left'), 'it was delivered');
    await after.close(DEADLINE_MS);
    expect(here.handOvers).toHaveLength(1);
  });

  test('delivers the largest entry that a spool takes, whatever it consists of', async () => {
    const consumer = await here.listener();
    await here.consume('consumer', consumer);
    const gateway = await here.gateway('gateway', [addressOf(consumer)]);
    const body = Buffer.alloc(gateway.guarantees.messageBytesMax, 0x20);
    const attributes = { tenant: 'x'.repeat(SPOOL.bytesMax / 16 - body.byteLength - 1_024) };
    await gateway.publish({ ...envelope('large', 1), body, attributes }, DEADLINE_MS);
    await until(() => here.settled.includes('large'), 'it was delivered');
    await expect(
      gateway.publish(
        { ...envelope('larger', 1), body, attributes: { ...attributes, more: 'x'.repeat(1_024) } },
        1_000,
      ),
    ).rejects.toMatchObject({ failure: 'too-large' });
  });

  test('counts every taking over of a lane as a new ownership, also that after a lost link', async () => {
    const consumer = await here.listener();
    const proxy = await here.proxyTo(consumer);
    await here.consume('consumer', consumer);
    const gateway = await here.gateway('gateway', [addressOf(proxy)]);
    for (const id of ['a', 'b', 'c']) {
      await gateway.publish(envelope(id, 0), DEADLINE_MS);
      await until(() => here.settled.includes(id), `${id} is settled`);
      await until(async () => (await gateway.backlog()).count.value === 0, `${id} is advanced past`);
      if (id === 'b') proxy.cut();
    }
    expect(here.handOvers.map(({ batch }) => batch.ownership)).toEqual([1, 1, 2]);
  });

  test('refuses what its role does not allow, and a port that is taken', async () => {
    const consumer = await here.listener();
    await expect(consumer.publish(envelope('x', 0), DEADLINE_MS)).rejects.toMatchObject({
      outcome: 'not-stored',
      failure: 'unavailable',
    });
    const gateway = await here.gateway('gateway', [addressOf(consumer)]);
    await expect(here.consume('gateway', gateway)).rejects.toThrow(/only publishes/);
    const options = { lanes: LANES, bytesMax: SPOOL.bytesMax, listen: addressOf(consumer) };
    const second = new TcpTransport(options);
    await expect(second.open()).rejects.toMatchObject({ setting: 'TCP_PORT' });
    expect(second.health.state).toMatchObject({ status: 'down', reason: expect.stringMatching(/Cannot listen/) });
    await second.close(DEADLINE_MS);
  });

  test.each([
    ['TCP_HOST', { publishes: false, consumes: true }, { TCP_HOST: '0.0.0.0' }],
    ['TCP_PEERS', { publishes: true, consumes: false }, { TCP_PEERS: 'persistence:3101' }],
  ])('is not made when %s leads beyond this machine without protection', (name, roles, given) => {
    const defaults = Object.fromEntries(Object.entries(tcp.settings).map(([key, { default: value }]) => [key, value]));
    const settings = { ...defaults, ...given } as unknown as Parameters<typeof tcp.create>[0];
    const make = () => tcp.create(settings, { lanes: LANES, dataDir: 'never-opened', roles });
    expect(make).toThrow(SettingsError);
    expect(make).toThrow(name);
  });
});
