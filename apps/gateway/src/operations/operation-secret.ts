import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'operation-secret';
const SECRET_BYTES = 32;
const SECRET_LENGTH_MIN = 32;

/**
 * The secret of a gateway that was given none: kept in its data directory, readable by its owner alone, so that operation
 * ids outlive a restart. Made at the first start.
 */
export function ownOperationSecret(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, FILE);
  const kept = read(path) ?? create(dataDir, path);
  if (kept.length < SECRET_LENGTH_MIN) {
    throw new Error(
      `${path} holds no secret of at least ${SECRET_LENGTH_MIN} characters. Set OPERATION_SECRETS, or delete the file: ` +
        'operation ids that were issued before then read as 404.',
    );
  }
  return kept;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`The operation secret ${path} cannot be read; set OPERATION_SECRETS or mend the file's rights.`, {
      cause: error,
    });
  }
}

/** Written aside and linked into place: two starts at once end with one secret, and a crash leaves none half written. */
function create(dataDir: string, path: string): string {
  const draft = join(dataDir, `${FILE}.${process.pid}.${randomBytes(4).toString('hex')}`);
  try {
    writeFileSync(draft, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`, { mode: 0o600, flush: true });
    chmodSync(draft, 0o600);
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(path, 'utf8').trim();
}
