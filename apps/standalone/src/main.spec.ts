import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { until } from '#testing';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));
/** Nobody listens on port 1, and a product without its database starts all the same. */
const AWAY = 'postgres://nobody@127.0.0.1:1/none';

let folder: string;
let child: ChildProcessByStdio<null, Readable, Readable> | undefined;
let output: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-start-'));
});

afterEach(async () => {
  if (child && child.exitCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  child = undefined;
  rmSync(folder, { recursive: true, maxRetries: 10 });
});

function start(env: Record<string, string>): ChildProcessByStdio<null, Readable, Readable> {
  const defaults = { PORT: '0', DATA_DIR: join(folder, 'data'), DATABASE_URL: AWAY };
  const started = spawn(process.execPath, [MAIN], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...defaults, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  output = '';
  for (const stream of [started.stdout, started.stderr]) stream.on('data', (text: Buffer) => (output += String(text)));
  child = started;
  return started;
}

/** What a start that was refused says: to one who may not know the program, hence no line of a stack. */
async function refusalOf(env: Record<string, string>): Promise<string> {
  const [code] = (await once(start(env), 'close')) as [number | null];
  expect(output).not.toMatch(/^\s+at /m);
  expect(code).toBe(1);
  return output;
}

describe('a start that cannot succeed', () => {
  it('says that the port is taken, and which setting to change', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      expect(await refusalOf({ PORT: String(port) })).toMatch(
        /Cannot listen on 127\.0\.0\.1, port \d+ .*set PORT to a free one/,
      );
    } finally {
      other.close();
    }
  });

  it('says that the data folder is a file', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(await refusalOf({ DATA_DIR: file })).toMatch(/file cannot be made or written to .*Set DATA_DIR/);
  });

  it('says which transports there are when it does not know the one that was asked for', async () => {
    expect(await refusalOf({ TRANSPORT: 'pigeon' })).toMatch(/TRANSPORT is "pigeon" .*one of in-process/);
  });

  it('says every setting that cannot be used at once', async () => {
    expect(await refusalOf({ PORT: 'x', LANES: '0' })).toMatch(/LANES is "0"[\s\S]*PORT is "x"/);
  });
});

describe('a start that waiting may mend', () => {
  it('goes on without its database, and says why that cannot be reached', async () => {
    start({});
    await until(() => /The database cannot be reached: .*ECONNREFUSED.*check DATABASE_URL/.test(output), 'it says why');
    await until(() => output.includes('Listening on'), 'it listens');
    expect(child?.exitCode).toBeNull();
  });

  it('says of a variable that looks like a misspelt setting that it is not used', async () => {
    start({ BACKLOGMAX: '10' });
    await until(() => output.includes('Listening on'), 'it listens');
    expect(output).toMatch(/BACKLOGMAX.*BACKLOG_MAX/);
  });
});
