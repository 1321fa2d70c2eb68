import type { Catalogue } from '#contracts';
import { DURABILITIES, type Guarantees } from '#messaging';
import { brokenRules, faultBeside, SettingsError, type SettingFault } from '#settings';
import { gatewayRules } from '../setting-rules.js';
import type { GatewaySettings } from '../settings.js';

interface Circumstances {
  readonly settings: GatewaySettings;
  readonly transport: { readonly name: string; readonly guarantees: Guarantees };
  readonly catalogue: Catalogue;
}

type Rule = (circumstances: Circumstances) => SettingFault | undefined;

/** Throws one `SettingsError` with every reason why a gateway with these settings must not start on this transport. */
export function assertMayStart(circumstances: Circumstances): void {
  const faults = [...brokenRules(gatewayRules, circumstances.settings), ...transportFaults(circumstances)];
  if (faults.length > 0) throw new SettingsError(faults);
}

/** What of the transport's guarantees the settings, or the commands, do not agree with. */
export function transportFaults(circumstances: Circumstances): SettingFault[] {
  return RULES.map((rule) => rule(circumstances)).filter((fault) => fault !== undefined);
}

const durableEnough: Rule = ({ settings: { MIN_DURABILITY }, transport: { name, guarantees } }) =>
  DURABILITIES.indexOf(guarantees.durability) >= DURABILITIES.indexOf(MIN_DURABILITY)
    ? undefined
    : faultBeside(
        'MIN_DURABILITY',
        MIN_DURABILITY,
        `${guarantees.durability}, which the transport ${name} keeps; or set another TRANSPORT`,
      );

const bodiesFitMessages: Rule = ({ settings: { BODY_BYTES_MAX }, transport: { name, guarantees } }) =>
  BODY_BYTES_MAX <= guarantees.messageBytesMax
    ? undefined
    : faultBeside(
        'BODY_BYTES_MAX',
        BODY_BYTES_MAX,
        `at most ${guarantees.messageBytesMax}, the largest message of the transport ${name}`,
      );

const publishersAllowed: Rule = ({ settings: { GATEWAYS }, transport: { name, guarantees } }) =>
  GATEWAYS === 1 || guarantees.publishers === 'many'
    ? undefined
    : faultBeside(
        'GATEWAYS',
        GATEWAYS,
        `1, because the transport ${name} takes commands from one process; or set another TRANSPORT`,
      );

const strictOrderKept: Rule = ({ settings: { GATEWAYS, STRICT_ORDER }, transport, catalogue }) => {
  if (GATEWAYS === 1 || STRICT_ORDER === 'per-gateway' || transport.guarantees.ordering === 'global') return undefined;
  const strict = [...catalogue.commands.values()].filter(({ stream }) => stream.ordering === 'strict');
  if (strict.length === 0) return undefined;
  const types = strict.map(({ type }) => type).join(', ');
  return faultBeside(
    'STRICT_ORDER',
    STRICT_ORDER,
    `per-gateway, if the order of ${types} may hold only among the commands of one gateway; or GATEWAYS=1, since the ` +
      `transport ${transport.name} keeps no order across gateways`,
  );
};

const RULES: readonly Rule[] = [durableEnough, bodiesFitMessages, publishersAllowed, strictOrderKept];
