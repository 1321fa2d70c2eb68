import { brokenRules, defineSettings, mergeSettings, port, setting, SettingsError, type SettingsOf } from '#settings';
import { dialingRules, hostListText, listeningRules, parseHostList, wireSecurityOf, wireSettings } from '#wire';
import { z } from 'zod';
import type { Installation } from '../plugin.js';
import { spoolOptionsOf, spoolSettings } from '../spool-settings.js';
import type { TcpOptions } from './tcp-transport.js';

const tcpEndSettings = defineSettings({
  TCP_HOST: setting(z.string().min(1).max(253), {
    default: '127.0.0.1',
    meaning: 'Address on which persistence listens for gateways; 0.0.0.0 for every one of this machine.',
  }),
  TCP_PORT: setting(port(), { default: 3101, meaning: 'Port on which persistence listens for gateways.' }),
  TCP_PEERS: setting(hostListText.optional(), {
    meaning:
      'Where persistence takes commands from gateways: hosts and ports with commas between; a name stands for all ' +
      'its addresses. Absent: TCP_PORT of this machine.',
  }),
});

export const tcpSettings = mergeSettings(mergeSettings(tcpEndSettings, spoolSettings), wireSettings);

type TcpSettings = SettingsOf<typeof tcpSettings>;

/** Throws a `SettingsError` when a role of this process reaches beyond this machine without protection. */
export function tcpOptionsOf(settings: TcpSettings, installation: Installation): TcpOptions {
  const { publishes, consumes } = installation.roles;
  const TCP_PEERS = settings.TCP_PEERS ?? `127.0.0.1:${settings.TCP_PORT}`;
  const faults = [
    ...(publishes ? brokenRules(dialingRules('TCP_PEERS'), { ...settings, TCP_PEERS }) : []),
    ...(consumes ? brokenRules(listeningRules('TCP_HOST'), settings) : []),
  ];
  if (faults.length > 0) throw new SettingsError(faults);
  // It dials itself wherever it listens; by default it does not look for another installation on this machine.
  const alone = consumes && settings.TCP_PEERS === undefined;
  return {
    lanes: installation.lanes,
    security: wireSecurityOf(settings),
    bytesMax: settings.SPOOL_BYTES_MAX,
    ...(publishes && {
      gateway: { spool: spoolOptionsOf(settings, installation), peers: alone ? [] : parseHostList(TCP_PEERS) },
    }),
    ...(consumes && { listen: { host: settings.TCP_HOST, port: settings.TCP_PORT } }),
  };
}
