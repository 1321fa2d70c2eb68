import { fault, ok, warning, type Finding } from './finding.js';
import type { DoctorSettings } from './settings-checks.js';

const NODE_MAJOR_LEAST = 24;

export function checkNode(version = process.versions.node): Finding {
  const major = Number.parseInt(version, 10);
  if (major >= NODE_MAJOR_LEAST) return ok('node', `Node ${version} runs this.`);
  return fault('node', `Node ${version} runs this.`, `Use Node ${NODE_MAJOR_LEAST} or later.`);
}

/** `apart`: gateways are processes of their own, of which there may be more some day. */
export function checkSecrets({ OPERATION_SECRETS, GATEWAYS }: DoctorSettings, apart: boolean): Finding[] {
  // With several gateways the rules of the settings want them.
  if (GATEWAYS !== 1) return [];
  if (OPERATION_SECRETS)
    return [ok('operation secrets', `OPERATION_SECRETS has ${OPERATION_SECRETS.length}; the first signs.`)];
  const text = 'OPERATION_SECRETS is not set: the gateway keeps one of its own in DATA_DIR.';
  if (!apart) return [ok('operation secrets', text)];
  return [
    warning('operation secrets', text, 'Set it before DATA_DIR can be lost: links to operations would read as 404.'),
  ];
}
