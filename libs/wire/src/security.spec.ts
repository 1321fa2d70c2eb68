import { createTestDirectory, TestCa, type TestDirectory, until } from '#testing';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { closeAll, dial, Heard, serve } from './links.fixture.js';
import type { LinkSecurity, TlsPaths } from './security.js';

let directory: TestDirectory;
let ours: TestCa;
let theirs: TestCa;
let server: Required<TlsPaths>;
let client: Required<TlsPaths>;

beforeAll(async () => {
  directory = await createTestDirectory();
  ours = await TestCa.create(directory.path, 'ours');
  theirs = await TestCa.create(directory.path, 'theirs');
  server = await ours.issue('DNS:localhost,IP:127.0.0.1');
  client = await ours.issue('DNS:gateway');
});

afterEach(closeAll);
afterAll(() => directory.remove());

/** What becomes of a try to link, and what each end says of it. */
async function attempt(listening: LinkSecurity, dialing: LinkSecurity, host = '127.0.0.1') {
  const [here, there] = [new Heard(), new Heard()];
  const listener = await serve(there, { security: listening }, there.refusals);
  const resolve = async () => ['127.0.0.1'];
  const hosts = [{ host, port: listener.port }];
  const dialer = dial(here, listener.port, { security: dialing, hosts, resolve });
  const refused = () => dialer.peers[0]?.lastError !== undefined && there.refusals.length > 0;
  await until(() => refused() || (here.links.length > 0 && there.links.length > 0), 'it is linked or refused');
  const linked = here.links.length > 0;
  return { linked, here: dialer.peers[0]?.lastError, there: there.refusals[0] };
}

const LINKED = { linked: true, here: undefined, there: undefined };

describe('a token', () => {
  const token = 'the token of this installation';

  test('that is the same at both ends, or at none, lets them link', async () => {
    await expect(attempt({ token }, { token })).resolves.toEqual(LINKED);
    await expect(attempt({}, {})).resolves.toEqual(LINKED);
  });

  test.each<[string, LinkSecurity, LinkSecurity]>([
    ['is wrong', { token }, { token: `${token}!` }],
    ['is missing where one dials', { token }, {}],
    ['is missing where one listens', {}, { token }],
  ])('that %s keeps them apart, and both say so without telling it', async (_what, listening, dialing) => {
    const { linked, here, there } = await attempt(listening, dialing);
    const reason = 'the tokens differ: set the same WIRE_TOKEN at both ends';
    expect({ linked, here, there }).toEqual({
      linked: false,
      here: `the other end closed it: ${reason}`,
      there: reason,
    });
  });
});

describe('TLS', () => {
  test('of one end, and of both, lets them link; names and addresses are verified', async () => {
    const { certPath, keyPath } = server;
    await expect(attempt({ tls: { certPath, keyPath } }, { tls: { caPath: ours.certPath } })).resolves.toEqual(LINKED);
    await expect(attempt({ tls: server }, { tls: client })).resolves.toEqual(LINKED);
    await expect(attempt({ tls: server }, { tls: client }, 'localhost')).resolves.toEqual(LINKED);
  });

  test('refuses a server of another name, or of another CA', async () => {
    const { certPath, keyPath } = server;
    const named = await attempt({ tls: { certPath, keyPath } }, { tls: { caPath: ours.certPath } }, 'elsewhere');
    expect(named).toMatchObject({ linked: false, here: expect.stringContaining('elsewhere') });
    const foreign = await attempt({ tls: { certPath, keyPath } }, { tls: { caPath: theirs.certPath } });
    expect(foreign).toMatchObject({ linked: false, here: expect.stringMatching(/certificate|self-signed/) });
  });

  test('of both ends refuses who shows no certificate, or one of another CA', async () => {
    const without = await attempt({ tls: server }, { tls: { caPath: ours.certPath } });
    expect(without).toMatchObject({ linked: false, there: expect.stringMatching(/TLS handshake failed.*certificate/) });
    const { certPath, keyPath } = await theirs.issue('DNS:gateway');
    const foreign = await attempt({ tls: server }, { tls: { certPath, keyPath, caPath: ours.certPath } });
    expect(foreign).toMatchObject({ linked: false, there: expect.stringMatching(/TLS handshake failed/) });
  });

  test('at one end only keeps them apart, with a reason', async () => {
    const plain = await attempt({ tls: server }, {});
    expect(plain).toMatchObject({ linked: false, there: expect.stringMatching(/TLS handshake failed/) });
    const secured = await attempt({}, { tls: client });
    expect(secured).toMatchObject({ linked: false, there: expect.stringMatching(/a frame of \d+ bytes came/) });
  });

  test('takes a renewed certificate at the next connection, and keeps the old one while the files are no good', async () => {
    const tls = { certPath: join(directory.path, 'in-use.pem'), keyPath: join(directory.path, 'in-use.key') };
    await copyFile(server.certPath, tls.certPath);
    await copyFile(server.keyPath, tls.keyPath);
    const there = new Heard();
    const { port } = await serve(there, { security: { tls } }, there.refusals);
    const linkTrusting = async (ca: TestCa) => {
      const before = there.links.length;
      dial(new Heard(), port, { security: { tls: { caPath: ca.certPath } } });
      await until(() => there.links.length > before, 'there is a link');
    };
    await linkTrusting(ours);
    await writeFile(tls.certPath, 'half a certif');
    await linkTrusting(ours);
    expect(there.refusals.some((reason) => reason.includes('the renewed TLS files cannot be used'))).toBe(true);
    const renewed = await theirs.issue('IP:127.0.0.1');
    await copyFile(renewed.keyPath, tls.keyPath);
    await copyFile(renewed.certPath, tls.certPath);
    await linkTrusting(theirs);
  });

  test('names the setting of a file that cannot be used', async () => {
    const missing = { certPath: '/nowhere/cert.pem', keyPath: server.keyPath };
    await expect(serve(new Heard(), { security: { tls: missing } })).rejects.toMatchObject({
      setting: 'WIRE_TLS_CERT_PATH',
      message: expect.stringContaining('/nowhere/cert.pem cannot be read (ENOENT)'),
    });
    const wrong = { certPath: server.certPath, keyPath: client.keyPath };
    await expect(serve(new Heard(), { security: { tls: wrong } })).rejects.toThrow(
      /TLS files cannot be used.*mismatch/,
    );
  });
});
