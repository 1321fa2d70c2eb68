import { brokenRules, loadSettings } from '#settings';
import {
  requestPeersRules,
  requestPeersSettings,
  requestServerRules,
  requestServerSettings,
} from './requests/settings.js';
import { wireSecurityOf } from './settings.js';

const TOKEN = 'a token of some length';
const CERTIFICATE = { WIRE_TLS_CERT_PATH: '/tls/cert.pem', WIRE_TLS_KEY_PATH: '/tls/key.pem' };
const MUTUAL = { ...CERTIFICATE, WIRE_TLS_CA_PATH: '/tls/ca.pem' };

type Env = Readonly<Record<string, string>>;

function serverFaults(env: Env): string[] {
  const { values } = loadSettings(requestServerSettings, { env, envFile: null });
  return brokenRules(requestServerRules, values).map(({ name }) => name);
}

function gatewayFaults(env: Env): string[] {
  const { values } = loadSettings(requestPeersSettings, { env, envFile: null });
  return brokenRules(requestPeersRules, values).map(({ name }) => name);
}

describe('the settings of links', () => {
  test('need nothing within one machine', () => {
    expect(serverFaults({})).toEqual([]);
    expect(gatewayFaults({ PERSISTENCE_PEERS: 'localhost:1, 127.0.0.2:2,[::1]:3' })).toEqual([]);
  });

  test.each<[string, Env]>([
    ['a token', { WIRE_TOKEN: TOKEN }],
    ['mutual TLS', MUTUAL],
    ['the word that none is wanted', { WIRE_AUTH: 'none' }],
  ])('need %s beyond it', (_what, env) => {
    const [host, peers] = [{ REQUESTS_HOST: '0.0.0.0' }, { PERSISTENCE_PEERS: '127.0.0.1:1,persistence:3201' }];
    expect([serverFaults(host), gatewayFaults(peers)]).toEqual([['REQUESTS_HOST'], ['PERSISTENCE_PEERS']]);
    expect([serverFaults({ ...host, ...env }), gatewayFaults({ ...peers, ...env })]).toEqual([[], []]);
  });

  test('do not take TLS of one end alone for knowing the other', () => {
    expect(serverFaults({ REQUESTS_HOST: '0.0.0.0', ...CERTIFICATE })).toEqual(['REQUESTS_HOST']);
    expect(gatewayFaults({ PERSISTENCE_PEERS: 'db:1', WIRE_TLS_CA_PATH: '/tls/ca.pem' })).toEqual([
      'PERSISTENCE_PEERS',
    ]);
  });

  test('want certificate and key together, and a certificate where somebody listens with TLS', () => {
    expect(serverFaults({ WIRE_TLS_CERT_PATH: '/tls/cert.pem' })).toEqual(['WIRE_TLS_KEY_PATH']);
    expect(gatewayFaults({ WIRE_TLS_KEY_PATH: '/tls/key.pem' })).toEqual(['WIRE_TLS_CERT_PATH']);
    expect(serverFaults({ WIRE_TLS_CA_PATH: '/tls/ca.pem' })).toEqual(['WIRE_TLS_CERT_PATH']);
    expect(gatewayFaults({ WIRE_TLS_CA_PATH: '/tls/ca.pem' })).toEqual([]);
  });

  test.each(['persistence', 'a:0', 'a:65536', 'a:1,,b:2', 'http://a:1', '[::z]:1', '::1:80', 'a b:1'])(
    'refuse %j as a list of hosts',
    (PERSISTENCE_PEERS) => {
      expect(() => gatewayFaults({ PERSISTENCE_PEERS })).toThrow(/hosts with their ports, separated by commas/);
    },
  );

  test('become what links take', () => {
    const securityOf = (env: Env) => wireSecurityOf(loadSettings(requestPeersSettings, { env, envFile: null }).values);
    expect(securityOf({})).toEqual({ token: undefined, tls: undefined });
    expect(securityOf({ WIRE_TOKEN: TOKEN, ...MUTUAL })).toEqual({
      token: TOKEN,
      tls: { certPath: '/tls/cert.pem', keyPath: '/tls/key.pem', caPath: '/tls/ca.pem' },
    });
  });
});
