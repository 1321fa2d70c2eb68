import type { Catalogue } from '#contracts';
import { DURABILITIES, type Guarantees } from '#messaging';
import { SettingsError, type SettingFault } from '#settings';
import type { GatewaySettings } from '../settings.js';
import { isLoopback } from './loopback.js';

interface Circumstances {
  readonly settings: GatewaySettings;
  readonly transport: { readonly name: string; readonly guarantees: Guarantees };
  readonly catalogue: Catalogue;
}

type Rule = (circumstances: Circumstances) => SettingFault | undefined;

/** Throws one `SettingsError` with every reason why a gateway with these settings must not start on this transport. */
export function assertMayStart(circumstances: Circumstances): void {
  const faults = RULES.map((rule) => rule(circumstances)).filter((fault) => fault !== undefined);
  if (faults.length > 0) throw new SettingsError(faults);
}

const onlyLoopbackWithoutAuthentication: Rule = ({ settings: { HOST, AUTH } }) =>
  AUTH === 'none' || isLoopback(HOST)
    ? undefined
    : fault(
        'HOST',
        HOST,
        'a loopback address, as 127.0.0.1; or set AUTH=none to answer everybody who reaches this one',
      );

const durableEnough: Rule = ({ settings: { MIN_DURABILITY }, transport: { name, guarantees } }) =>
  DURABILITIES.indexOf(guarantees.durability) >= DURABILITIES.indexOf(MIN_DURABILITY)
    ? undefined
    : fault(
        'MIN_DURABILITY',
        MIN_DURABILITY,
        `${guarantees.durability}, which the transport ${name} keeps; or set another TRANSPORT`,
      );

const bodiesFitMessages: Rule = ({ settings: { BODY_BYTES_MAX }, transport: { name, guarantees } }) =>
  BODY_BYTES_MAX <= guarantees.messageBytesMax
    ? undefined
    : fault(
        'BODY_BYTES_MAX',
        BODY_BYTES_MAX,
        `at most ${guarantees.messageBytesMax}, the largest message of the transport ${name}`,
      );

const publishersAllowed: Rule = ({ settings: { GATEWAYS }, transport: { name, guarantees } }) =>
  GATEWAYS === 1 || guarantees.publishers === 'many'
    ? undefined
    : fault(
        'GATEWAYS',
        GATEWAYS,
        `1, because the transport ${name} takes commands from one process; or set another TRANSPORT`,
      );

const secretsShared: Rule = ({ settings: { GATEWAYS, OPERATION_SECRETS } }) =>
  GATEWAYS === 1 || OPERATION_SECRETS !== undefined
    ? undefined
    : fault(
        'OPERATION_SECRETS',
        undefined,
        'the same secrets in all gateways, so that each knows the operations of the others',
      );

const strictOrderKept: Rule = ({ settings: { GATEWAYS, STRICT_ORDER }, transport, catalogue }) => {
  if (GATEWAYS === 1 || STRICT_ORDER === 'per-gateway' || transport.guarantees.ordering === 'global') return undefined;
  const strict = [...catalogue.commands.values()].filter(({ stream }) => stream.ordering === 'strict');
  if (strict.length === 0) return undefined;
  const types = strict.map(({ type }) => type).join(', ');
  return fault(
    'STRICT_ORDER',
    STRICT_ORDER,
    `per-gateway, if the order of ${types} may hold only among the commands of one gateway; or GATEWAYS=1, since the ` +
      `transport ${transport.name} keeps no order across gateways`,
  );
};

const lowBelow =
  (low: 'BACKLOG_LOW' | 'LANE_BACKLOG_LOW', max: 'BACKLOG_MAX' | 'LANE_BACKLOG_MAX'): Rule =>
  ({ settings }) =>
    settings[low] < settings[max]
      ? undefined
      : fault(low, settings[low], `less than ${max}, which is ${settings[max]}`);

const headersBeforeRequest: Rule = ({ settings: { HEADERS_TIMEOUT_MS, REQUEST_TIMEOUT_MS } }) =>
  HEADERS_TIMEOUT_MS <= REQUEST_TIMEOUT_MS
    ? undefined
    : fault('HEADERS_TIMEOUT_MS', HEADERS_TIMEOUT_MS, `at most REQUEST_TIMEOUT_MS, which is ${REQUEST_TIMEOUT_MS}`);

const RULES: readonly Rule[] = [
  onlyLoopbackWithoutAuthentication,
  durableEnough,
  bodiesFitMessages,
  publishersAllowed,
  secretsShared,
  strictOrderKept,
  lowBelow('BACKLOG_LOW', 'BACKLOG_MAX'),
  lowBelow('LANE_BACKLOG_LOW', 'LANE_BACKLOG_MAX'),
  headersBeforeRequest,
];

function fault(name: string, given: string | number | undefined, valid: string): SettingFault {
  return { name, given: given === undefined ? undefined : String(given), source: 'the effective settings', valid };
}
