import type { Catalogue } from '#contracts';
import { DURABILITIES, type Guarantees } from '#messaging';
import { brokenRules, faultBeside, SettingsError, type SettingRule } from '#settings';
import { gatewayRules } from '../setting-rules.js';
import type { GatewaySettings } from '../settings.js';

type Rule = SettingRule<GatewaySettings>;

interface GuaranteedTransport {
  readonly name: string;
  readonly guarantees: Guarantees;
}

interface Circumstances {
  readonly settings: GatewaySettings;
  readonly transport: GuaranteedTransport;
  readonly catalogue: Catalogue;
}

/** Throws one `SettingsError` with every reason why a gateway with these settings must not start on this transport. */
export function assertMayStart({ settings, transport, catalogue }: Circumstances): void {
  const faults = brokenRules([...gatewayRules, ...transportRules(transport, catalogue)], settings);
  if (faults.length > 0) throw new SettingsError(faults);
}

/** What the transport's guarantees, and the commands, ask of the settings. */
export function transportRules(transport: GuaranteedTransport, catalogue: Catalogue): readonly Rule[] {
  return [
    durableEnough(transport),
    bodiesFitMessages(transport),
    publishersAllowed(transport),
    strictOrderKept(transport, catalogue),
  ];
}

const durableEnough = ({ name, guarantees }: GuaranteedTransport): Rule => ({
  settings: ['MIN_DURABILITY'],
  faultOf: ({ MIN_DURABILITY }) =>
    DURABILITIES.indexOf(guarantees.durability) >= DURABILITIES.indexOf(MIN_DURABILITY)
      ? undefined
      : faultBeside(
          'MIN_DURABILITY',
          MIN_DURABILITY,
          `${guarantees.durability}, which the transport ${name} keeps; or ${guarantees.moreDurable ?? 'set another TRANSPORT'}`,
        ),
});

const bodiesFitMessages = ({ name, guarantees }: GuaranteedTransport): Rule => ({
  settings: ['BODY_BYTES_MAX'],
  faultOf: ({ BODY_BYTES_MAX }) =>
    BODY_BYTES_MAX <= guarantees.messageBytesMax
      ? undefined
      : faultBeside(
          'BODY_BYTES_MAX',
          BODY_BYTES_MAX,
          `at most ${guarantees.messageBytesMax}, the largest message of the transport ${name}`,
        ),
});

const publishersAllowed = ({ name, guarantees }: GuaranteedTransport): Rule => ({
  settings: ['GATEWAYS'],
  faultOf: ({ GATEWAYS }) =>
    GATEWAYS === 1 || guarantees.publishers === 'many'
      ? undefined
      : faultBeside(
          'GATEWAYS',
          GATEWAYS,
          `1, because the transport ${name} takes commands from one process; or set another TRANSPORT`,
        ),
});

const strictOrderKept = ({ name, guarantees }: GuaranteedTransport, catalogue: Catalogue): Rule => ({
  settings: ['GATEWAYS', 'STRICT_ORDER'],
  faultOf: ({ GATEWAYS, STRICT_ORDER }) => {
    if (GATEWAYS === 1 || STRICT_ORDER === 'per-gateway' || guarantees.ordering === 'global') return undefined;
    const strict = [...catalogue.commands.values()].filter(({ stream }) => stream.ordering === 'strict');
    if (strict.length === 0) return undefined;
    const types = strict.map(({ type }) => type).join(', ');
    return faultBeside(
      'STRICT_ORDER',
      STRICT_ORDER,
      `per-gateway, if the order of ${types} may hold only among the commands of one gateway; or GATEWAYS=1, since the ` +
        `transport ${name} keeps no order across gateways`,
    );
  },
});
