import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const DAYS = ['-days', '2'];

const openssl = (args: readonly string[]) => run('openssl', args);

/** Files in PEM: a certificate, its key, and the authority that signed it. */
export interface CertificatePaths {
  readonly certPath: string;
  readonly keyPath: string;
  readonly caPath: string;
}

/** A CA in a directory, which signs certificates for the names that a test wants. */
export class TestCa {
  readonly #directory: string;
  readonly #name: string;
  #issued = 0;

  private constructor(directory: string, name: string) {
    this.#directory = directory;
    this.#name = name;
  }

  static async create(directory: string, name: string): Promise<TestCa> {
    const ca = new TestCa(directory, name);
    const out = ['-keyout', ca.#path('key'), '-out', ca.certPath];
    await openssl(['req', '-x509', ...KEY, ...out, '-subj', `/CN=${name}`, ...DAYS]);
    return ca;
  }

  get certPath(): string {
    return this.#path('pem');
  }

  /** @param altName as openssl writes it: `DNS:localhost`, `IP:127.0.0.1`. */
  async issue(altName: string): Promise<CertificatePaths> {
    const base = join(this.#directory, `${this.#name}-${++this.#issued}`);
    const [certPath, keyPath] = [`${base}.pem`, `${base}.key`];
    await openssl(['req', '-new', ...KEY, '-keyout', keyPath, '-out', `${base}.csr`, '-subj', '/CN=test']);
    await writeFile(`${base}.ext`, `subjectAltName=${altName}\n`);
    const signer = ['-CA', this.certPath, '-CAkey', this.#path('key'), '-CAcreateserial'];
    const files = ['-in', `${base}.csr`, '-out', certPath, '-extfile', `${base}.ext`];
    await openssl(['x509', '-req', ...files, ...signer, ...DAYS]);
    return { certPath, keyPath, caPath: this.certPath };
  }

  #path(extension: string): string {
    return join(this.#directory, `${this.#name}.${extension}`);
  }
}
