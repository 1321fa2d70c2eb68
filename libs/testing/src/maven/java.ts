import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const JAVA_VERSION_MIN = 17;

/** The Java to run servers with: that of `JAVA_HOME`, else the one on the path. A sentence on why where there is none. */
export async function findJava(): Promise<{ java: string } | string> {
  const home = process.env['JAVA_HOME'];
  const java = home ? join(home, 'bin/java') : 'java';
  try {
    // It tells its version where errors go.
    const { stderr } = await run(java, ['-version']);
    const version = Number(/version "(\d+)/.exec(stderr)?.[1]);
    if (version >= JAVA_VERSION_MIN) return { java };
    return `${java} is Java ${version}. Install Java ${JAVA_VERSION_MIN} or later, or name one in JAVA_HOME.`;
  } catch {
    return `${java} cannot be run. Install Java ${JAVA_VERSION_MIN} or later, or name one in JAVA_HOME.`;
  }
}
