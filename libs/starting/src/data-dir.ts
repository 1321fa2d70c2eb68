import { mkdir } from 'node:fs/promises';
import { StartFault, textOf } from './start-fault.js';

/** Others may pass through, since an embedded database's user has its folder within; what lies in it is its owner's alone. */
const PASSABLE = 0o711;

/** Makes the folder that DATA_DIR names, where it is not there. Rejects with a `StartFault`. */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: PASSABLE });
  } catch (error) {
    throw new StartFault(
      `The folder ${dataDir} cannot be made or written to (${textOf(error)}). Set DATA_DIR to a folder where this user may write.`,
      { cause: error },
    );
  }
}
