import { execFileSync } from 'node:child_process';

const ANSWER_MS_MAX = 20_000;
const REMOVE_MS_MAX = 120_000;

/** Why `docker compose` cannot be used here, as a clause; undefined where it can. */
export function whyNoCompose() {
  if (!answers('compose', 'version')) return 'there is no docker with its compose plugin';
  if (!answers('version', '--format', '{{.Server.Version}}'))
    return 'no Docker engine answers; DOCKER_HOST says where one is';
  return undefined;
}

/** Removes what an interrupted run left of compose projects whose names begin so: containers, volumes, networks, images. */
export function removeProjects(prefix) {
  const listed = attempt('compose', 'ls', '--all', '--quiet') ?? '';
  for (const name of listed.split('\n').filter((each) => each.startsWith(prefix))) {
    attempt(
      'compose',
      '--project-name',
      name,
      '--env-file',
      '/dev/null',
      'down',
      '--volumes',
      '--remove-orphans',
      '--timeout',
      '10',
    );
    attempt('image', 'rm', '--force', name);
  }
}

/** What it prints; undefined when it fails: the next one is tried all the same. */
function attempt(...args) {
  try {
    return execFileSync('docker', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: REMOVE_MS_MAX,
    });
  } catch {
    return undefined;
  }
}

function answers(...args) {
  try {
    execFileSync('docker', args, { stdio: 'ignore', timeout: ANSWER_MS_MAX });
    return true;
  } catch {
    return false;
  }
}
