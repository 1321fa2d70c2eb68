import { execFileSync } from 'node:child_process';

const ANSWER_MS_MAX = 20_000;

/** Why `docker compose` cannot be used here, as a clause; undefined where it can. */
export function whyNoCompose() {
  if (!answers('compose', 'version')) return 'there is no docker with its compose plugin';
  if (!answers('version', '--format', '{{.Server.Version}}'))
    return 'no Docker engine answers; DOCKER_HOST says where one is';
  return undefined;
}

function answers(...args) {
  try {
    execFileSync('docker', args, { stdio: 'ignore', timeout: ANSWER_MS_MAX });
    return true;
  } catch {
    return false;
  }
}
