import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownOperationSecret } from './operation-secret.js';

let dataDir: string;
beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'sluice-secret-'))));
afterEach(() => rmSync(dataDir, { recursive: true }));

test('the first start makes a secret, and every later one finds it', () => {
  const below = join(dataDir, 'not', 'yet', 'there');
  const secret = ownOperationSecret(below);
  expect(secret.length).toBeGreaterThanOrEqual(32);
  expect(ownOperationSecret(below)).toBe(secret);
});

test('two data directories have different secrets', () => {
  expect(ownOperationSecret(join(dataDir, 'a'))).not.toBe(ownOperationSecret(join(dataDir, 'b')));
});

test('only the owner can read it, and nothing else is left beside it', () => {
  ownOperationSecret(dataDir);
  expect(readdirSync(dataDir)).toEqual(['operation-secret']);
  expect(statSync(join(dataDir, 'operation-secret')).mode & 0o777).toBe(0o600);
});

test('a file that holds no secret stops the start and says what to do', () => {
  writeFileSync(join(dataDir, 'operation-secret'), 'short\n');
  expect(() => ownOperationSecret(dataDir)).toThrow(/operation-secret holds no secret .* Set OPERATION_SECRETS/);
});
