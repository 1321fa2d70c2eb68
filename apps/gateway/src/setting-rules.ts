import { faultBeside, type SettingRule } from '#settings';
import { opennessFault } from '#starting';
import type { GatewaySettings } from './settings.js';

type Rule = SettingRule<GatewaySettings>;

const onlyLoopbackWithoutAuthentication: Rule = {
  settings: ['HOST', 'AUTH'],
  faultOf: ({ HOST, AUTH }) => opennessFault('HOST', HOST, AUTH),
};

const secretsShared: Rule = {
  settings: ['GATEWAYS', 'OPERATION_SECRETS'],
  faultOf: ({ GATEWAYS, OPERATION_SECRETS }) =>
    GATEWAYS === 1 || OPERATION_SECRETS !== undefined
      ? undefined
      : faultBeside(
          'OPERATION_SECRETS',
          undefined,
          'the same secrets in all gateways, so that each knows the operations of the others',
        ),
};

const lowBelow = (low: 'BACKLOG_LOW' | 'LANE_BACKLOG_LOW', max: 'BACKLOG_MAX' | 'LANE_BACKLOG_MAX'): Rule => ({
  settings: [low, max],
  faultOf: (settings) =>
    settings[low] < settings[max]
      ? undefined
      : faultBeside(low, settings[low], `less than ${max}, which is ${settings[max]}`),
});

const headersBeforeRequest: Rule = {
  settings: ['HEADERS_TIMEOUT_MS', 'CLIENT_TIMEOUT_MS'],
  faultOf: ({ HEADERS_TIMEOUT_MS, CLIENT_TIMEOUT_MS }) =>
    HEADERS_TIMEOUT_MS <= CLIENT_TIMEOUT_MS
      ? undefined
      : faultBeside(
          'HEADERS_TIMEOUT_MS',
          HEADERS_TIMEOUT_MS,
          `at most CLIENT_TIMEOUT_MS, which is ${CLIENT_TIMEOUT_MS}`,
        ),
};

/** What the gateway's settings must be to each other, on any transport. */
export const gatewayRules: readonly Rule[] = [
  onlyLoopbackWithoutAuthentication,
  secretsShared,
  lowBelow('BACKLOG_LOW', 'BACKLOG_MAX'),
  lowBelow('LANE_BACKLOG_LOW', 'LANE_BACKLOG_MAX'),
  headersBeforeRequest,
];
