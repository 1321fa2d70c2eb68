import { MemoryBroker, MemoryTransport } from '#testing';
import { defineSettings, loadSettings, setting } from '#settings';
import { z } from 'zod';
import type { Roles } from '../plugin.js';
import { FailoverTransport } from './failover-transport.js';
import { behindSpool } from './index.js';
import { LeftoverTransport } from './leftover-transport.js';

const plugin = behindSpool({
  name: 'memory',
  settings: defineSettings({
    MEMORY_URL: setting(z.string(), { default: 'memory:', meaning: 'Where the broker is.' }),
  }),
  create: (_settings, { lanes }) => new MemoryTransport(new MemoryBroker(lanes)),
});

function create(env: Record<string, string>, roles: Partial<Roles>) {
  const { values } = loadSettings(plugin.settings, { env, envFile: null });
  const all = { publishes: false, consumes: false, ...roles };
  return plugin.create(values, { lanes: 4, dataDir: 'never-opened', roles: all });
}

describe('A broker behind the spool', () => {
  test('is asked of its settings and of those of the spool', () => {
    expect(Object.keys(plugin.settings)).toEqual(['MEMORY_URL', 'SPOOL', 'SPOOL_BYTES_MAX', 'SPOOL_COUNT_MAX']);
    expect(() => create({ SPOOL: 'always' }, {})).toThrow(/SPOOL.*none, failover/s);
  });

  test('has the spool before it with SPOOL=failover, which weakens what it promises of the order of keys', () => {
    const transport = create({ SPOOL: 'failover' }, { publishes: true, consumes: true });
    expect(transport).toBeInstanceOf(FailoverTransport);
    expect(transport).toMatchObject({ name: 'memory', guarantees: { durability: 'memory', ordering: 'per-gateway' } });
  });

  test('forwards what an earlier run left without it, and promises what the broker does', () => {
    const transport = create({}, { publishes: true });
    expect(transport).toBeInstanceOf(LeftoverTransport);
    expect(transport.guarantees.ordering).toBe('global');
  });

  test('is itself in a process that only consumes', () => {
    expect(create({ SPOOL: 'failover' }, { consumes: true })).toBeInstanceOf(MemoryTransport);
  });
});
