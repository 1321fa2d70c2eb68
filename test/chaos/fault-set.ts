import { TRANSPORT } from '../product/transport-under-test.js';
import type { Fault } from './fault.js';
import { processFaults, rolling, scaledTo } from './process-faults.js';
import { brokerFaults, databaseFaults, diskFull } from './server-faults.js';
import { GATEWAYS, PERSISTENCES, times } from './size.js';
import { wayFaults } from './way-faults.js';

/** Everything that may happen on the transport under test with these settings, known before there is a site. */
export function faultSet(env: Readonly<Record<string, string>> = {}): readonly Fault[] {
  const apart = TRANSPORT !== 'in-process';
  return [
    ...databaseFaults(),
    ...times(GATEWAYS).flatMap((index) => processFaults('gateway', index)),
    ...(apart ? times(PERSISTENCES).flatMap((index) => processFaults('persistence', index)) : []),
    rolling('gateway', GATEWAYS),
    ...(apart ? [rolling('persistence', PERSISTENCES), scaledTo(1), scaledTo(2)] : []),
    ...wayNames().flatMap(wayFaults),
    ...(TRANSPORT === 'rabbitmq' ? brokerFaults() : []),
    ...(TRANSPORT !== 'rabbitmq' || env['SPOOL'] === 'failover' ? [diskFull] : []),
  ];
}

function wayNames(): string[] {
  const toDatabase = 'persistences to database';
  if (TRANSPORT === 'tcp')
    return [toDatabase, ...times(PERSISTENCES).map((index) => `gateways to persistence ${index}`)];
  return TRANSPORT === 'rabbitmq' ? [toDatabase, 'gateways to broker', 'persistences to broker'] : [toDatabase];
}
