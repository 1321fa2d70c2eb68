import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import { watchNpm } from './ancestors.mjs';

const END_WITH_PARENT = new URL('./end-with-parent.mjs', import.meta.url).href;

/** How long a child may take to end after a signal before it is killed. */
const END_MS_MAX = 40_000;

const running = new Set();
let ending = false;

/** True once a signal came or npm ended: no further step is to start. */
export function isEnding() {
  return ending;
}

/**
 * Starts a JavaScript program on the given Node. It has a process group of its own, so that Ctrl-C reaches it once, from
 * us. `onLine` takes the lines of its stdout, which are printed otherwise. `watchesParent` says that the program ends by
 * itself when we die; others are made to. `endsGroup` ends what the program has left in its group, once it has ended.
 */
export function start(node, args, { env = {}, onLine, watchesParent = false, endsGroup = false } = {}) {
  const child = spawn(node, watchesParent ? args : ['--import', END_WITH_PARENT, ...args], {
    detached: process.platform !== 'win32',
    stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  running.add(child);
  if (onLine) passLines(child.stdout, onLine);
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  }).finally(() => {
    running.delete(child);
    if (endsGroup) endGroup(child.pid);
  });
  return { child, ended };
}

/** Runs a program to its end, and gives its exit code: 128 and the signal's number when one ended it. */
export function run(node, args, options) {
  return start(node, args, options).ended;
}

/** Asks what runs to end, once, when we are asked to or when npm has died. */
export function endChildrenWithUs() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, endChildren);
  watchNpm(endChildren);
}

function endChildren() {
  if (ending) return;
  ending = true;
  for (const child of running) child.kill('SIGTERM');
  setTimeout(() => {
    for (const child of running) child.kill('SIGKILL');
  }, END_MS_MAX).unref();
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing is left in it.
  }
}

function passLines(stream, onLine) {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) onLine(line);
  });
}
