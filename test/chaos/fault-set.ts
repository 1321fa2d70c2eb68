import { BROKERED } from '../product/broken-broker.js';
import { APART } from '../product/transport-under-test.js';
import type { Fault } from './fault.js';
import { clockJump, handOver, processFaults, rolling, scaledTo } from './process-faults.js';
import { brokerFaults } from './broker-faults.js';
import { databaseDiskFull, databaseFaults, diskFull } from './server-faults.js';
import { GATEWAYS, PERSISTENCES, times } from './size.js';
import { wayFaults } from './way-faults.js';
import { WAY_NAMES } from './ways.js';

/** Everything that may happen on the transport under test with these settings, known before there is a site. */
export function faultSet(env: Readonly<Record<string, string>> = {}): readonly Fault[] {
  return [
    ...databaseFaults(),
    ...times(GATEWAYS).flatMap((index) => processFaults('gateway', index)),
    ...times(GATEWAYS).map((index) => clockJump('gateway', index)),
    rolling('gateway', GATEWAYS),
    ...(APART ? [scaledTo('gateway', 1, GATEWAYS), ...persistenceFaults()] : []),
    ...['persistences to database', ...WAY_NAMES].flatMap(wayFaults),
    ...(BROKERED ? brokerFaults() : []),
    databaseDiskFull,
    ...(!BROKERED || env['SPOOL'] === 'failover' ? [diskFull] : []),
  ];
}

/** Where gateway and persistence are one process, these are the gateway's. */
function persistenceFaults(): Fault[] {
  return [
    ...times(PERSISTENCES).flatMap((index) => processFaults('persistence', index)),
    ...times(PERSISTENCES).map((index) => clockJump('persistence', index)),
    ...times(PERSISTENCES).map(handOver),
    rolling('persistence', PERSISTENCES),
    ...[1, 2].map((count) => scaledTo('persistence', count, PERSISTENCES)),
  ];
}
