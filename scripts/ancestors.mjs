import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const LOOK_MS = 500;

/**
 * Calls back once when npm, or the shell between it and us, has ended: killed with -9 they cannot tell. Watches nothing
 * when npm did not start us, since a terminal may well be closed behind a program of its own.
 */
export function watchNpm(onEnd) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const ancestors = ancestorsUpToNpm();
  const timer = setInterval(() => {
    if (process.ppid === ancestors[0] && ancestors.every(isAlive)) return;
    clearInterval(timer);
    onEnd();
  }, LOOK_MS);
  timer.unref();
}

/** Our parent, and its parent too where ours is the shell that npm runs scripts with. */
function ancestorsUpToNpm() {
  const parent = process.ppid;
  const isShell = /^-?(sh|dash|bash|ash|zsh|ksh)$/.test(propertyOf(parent, 'comm').split('/').at(-1));
  return [parent, isShell ? Number(propertyOf(parent, 'ppid')) : 0].filter((pid) => pid > 1);
}

function propertyOf(pid, name) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in parentheses and may contain any character, even a parenthesis.
    const end = stat.lastIndexOf(')');
    return name === 'comm' ? stat.slice(stat.indexOf('(') + 1, end) : stat.slice(end + 2).split(' ')[1];
  } catch {
    return psProperty(pid, name);
  }
}

function psProperty(pid, name) {
  try {
    return execFileSync('ps', ['-o', `${name}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
