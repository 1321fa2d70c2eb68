import { catalogue } from '#contracts';
import type { Guarantees } from '#messaging';
import { loadSettings, SettingsError } from '#settings';
import { gatewaySettings } from '../settings.js';
import { assertMayStart } from './start-rules.js';

const GOOD: Guarantees = {
  durability: 'disk',
  ordering: 'global',
  messageBytesMax: 1024 * 1024,
  publishers: 'many',
  consumers: 'many',
};
const SECRET = 'a-secret-of-at-least-thirty-two-characters';

function faultsOf(env: Record<string, string>, guarantees: Partial<Guarantees> = {}): string[] {
  const settings = loadSettings(gatewaySettings, { env, envFile: null }).values;
  const transport = { name: 'test', guarantees: { ...GOOD, ...guarantees } };
  try {
    assertMayStart({ settings, transport, catalogue });
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.faults.map(({ name, valid }) => `${name}: ${valid}`);
    throw error;
  }
}

describe('a gateway', () => {
  it('starts on its defaults', () => expect(faultsOf({})).toEqual([]));

  it('without authentication refuses an address that others reach, and names both settings', () => {
    expect(faultsOf({ HOST: '0.0.0.0' })).toEqual([expect.stringMatching(/^HOST: .*AUTH=none/)]);
    expect(faultsOf({ HOST: '0.0.0.0', AUTH: 'none' })).toEqual([]);
  });

  it('refuses a transport below its MIN_DURABILITY', () => {
    expect(faultsOf({}, { durability: 'memory' })).toEqual([expect.stringMatching(/^MIN_DURABILITY: memory/)]);
    const moreDurable = 'set REPLICAS to 3';
    expect(faultsOf({}, { durability: 'memory', moreDurable })).toEqual([
      expect.stringMatching(/; or set REPLICAS to 3/),
    ]);
    expect(faultsOf({ MIN_DURABILITY: 'memory' }, { durability: 'memory' })).toEqual([]);
    expect(faultsOf({ MIN_DURABILITY: 'replicated' })).toHaveLength(1);
  });

  it('refuses bodies that the transport cannot carry', () => {
    expect(faultsOf({ BODY_BYTES_MAX: '1048577' })).toEqual([
      expect.stringMatching(/^BODY_BYTES_MAX: at most 1048576/),
    ]);
  });

  it('among several needs shared secrets and a transport for many', () => {
    expect(faultsOf({ GATEWAYS: '2' })).toEqual([expect.stringMatching(/^OPERATION_SECRETS/)]);
    expect(faultsOf({ GATEWAYS: '2', OPERATION_SECRETS: SECRET })).toEqual([]);
    expect(faultsOf({ GATEWAYS: '2', OPERATION_SECRETS: SECRET }, { publishers: 'one' })).toHaveLength(1);
  });

  it('among several on a transport that keeps order per gateway needs that understood', () => {
    const env = { GATEWAYS: '2', OPERATION_SECRETS: SECRET };
    expect(faultsOf(env, { ordering: 'per-gateway' })).toEqual([
      expect.stringMatching(/^STRICT_ORDER.*orders\.place\.v1/),
    ]);
    expect(faultsOf({ ...env, STRICT_ORDER: 'per-gateway' }, { ordering: 'per-gateway' })).toEqual([]);
    expect(faultsOf({}, { ordering: 'per-gateway' })).toEqual([]);
  });

  it('hears of every fault at once', () => {
    const env = { HOST: '0.0.0.0', BACKLOG_MAX: '10', LANE_BACKLOG_MAX: '10', HEADERS_TIMEOUT_MS: '60000' };
    expect(faultsOf(env, { durability: 'memory' })).toHaveLength(5);
  });
});
