import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartFault, textOf } from './start-fault.js';

/** Others may pass through, since an embedded database's user has its folder within; what lies in it is its owner's alone. */
const PASSABLE = 0o711;

/** Makes the folder that DATA_DIR names, where it is not there. Rejects with a `StartFault`. */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await makeFolder(dataDir);
  } catch (error) {
    throw new StartFault(
      `The folder ${dataDir} cannot be made or written to (${textOf(error)}). Set DATA_DIR to a folder where this user may write.`,
      { cause: error },
    );
  }
}

/** Step by step: Node's own way never ends where a folder that is there, as /proc is, says of a new one that it has no parent. */
async function makeFolder(path: string): Promise<void> {
  const code = await faultOfMaking(path);
  if (code === undefined) return;
  const parent = dirname(path);
  if (code !== 'ENOENT' || parent === path) throw new Error(code);
  await makeFolder(parent);
  const again = await faultOfMaking(path);
  if (again !== undefined) throw new Error(again);
}

/** The code of what keeps one folder from being made; undefined if it is there now. */
async function faultOfMaking(path: string): Promise<string | undefined> {
  try {
    await mkdir(path, { mode: PASSABLE });
    return undefined;
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') return code;
    return (await stat(path)).isDirectory() ? undefined : code;
  }
}
