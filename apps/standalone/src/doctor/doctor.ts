import type { LoadOptions } from '#settings';

import { checkDatabase } from './database-checks.js';
import { checkDisk } from './disk-checks.js';
import { fault, reasonOf, type Finding } from './finding.js';
import { checkPorts } from './port-checks.js';
import { checkNode, checkSecrets } from './process-checks.js';
import { checkSettings } from './settings-checks.js';
import { checkTransport } from './transport-checks.js';

/** Looks at everything that an installation with these settings needs, and changes nothing that a start would not change. */
export async function examine(options: LoadOptions = {}): Promise<Finding[]> {
  const checked = await checkSettings(options);
  const { settings, transport, findings } = checked;
  const apart = transport?.guarantees.publishers === 'many';
  const spools = transport?.guarantees.ordering === 'per-gateway';
  const parts = await Promise.all([
    guarded('database', () => checkDatabase(settings)),
    guarded('transport', () => checkTransport(checked)),
    guarded('data folder', () => checkDisk(settings, spools)),
    guarded('ports', () => checkPorts(settings, apart)),
  ]);
  return [checkNode(), ...findings, ...checkSecrets(settings, apart), ...parts.flat()];
}

/** A check that fails itself is a finding, and hinders no other. */
async function guarded(check: string, run: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await run();
  } catch (error) {
    return [fault(check, `It could not be examined: ${reasonOf(error)}.`, 'Mend that, and look again.')];
  }
}
