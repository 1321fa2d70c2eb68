import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

import { Failure } from './say.mjs';

const MAJOR_MIN = 24;

/** The Node that the lock brought, or the one that runs us where that one is new enough. */
export function nodeOfTheLock() {
  const local = resolve('node_modules', '.bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (majorOf(local) >= MAJOR_MIN) return local;
  if (majorOf(process.execPath) >= MAJOR_MIN) return process.execPath;
  throw new Failure(
    `Sluice needs Node ${MAJOR_MIN}. The lock brings one for Linux and Windows, which is missing here, and this is ` +
      `${process.version}. Run npm ci without --omit=optional, or install Node ${MAJOR_MIN}.`,
  );
}

function majorOf(node) {
  try {
    return Number.parseInt(execFileSync(node, ['--version'], { encoding: 'utf8' }).slice(1), 10);
  } catch {
    return 0;
  }
}
