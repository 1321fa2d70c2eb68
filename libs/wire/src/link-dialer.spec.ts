import { until } from '#testing';

import { waitMsAfter } from './dialed-peer.js';
import { closeAll, dial, Heard, serve } from './links.fixture.js';

const HERE = ['127.0.0.1'];

afterEach(closeAll);

/** Names as a test wants them to resolve now; an error instead of addresses makes it fail. */
class Names {
  readonly #addresses = new Map<string, readonly string[] | Error>();
  asked = 0;
  /** Resolves nothing any more, neither to addresses nor to an error. */
  stuck = false;

  set(name: string, addresses: readonly string[] | Error): void {
    this.#addresses.set(name, addresses);
  }

  readonly resolve = async (name: string): Promise<readonly string[]> => {
    this.asked += 1;
    if (this.stuck) return new Promise(() => undefined);
    const addresses = this.#addresses.get(name) ?? [];
    if (addresses instanceof Error) throw addresses;
    return addresses;
  };
}

async function twoServers() {
  const [here, first, second] = [new Heard(), new Heard(), new Heard()];
  const [a, b] = [await serve(first), await serve(second)];
  const names = new Names();
  const hosts = [
    { host: 'a', port: a.port },
    { host: 'b', port: b.port },
  ];
  const { resolve } = names;
  return { here, first, second, names, dialIt: () => dial(here, a.port, { hosts, resolve, resolveEveryMs: 20 }) };
}

describe('whoever dials', () => {
  test('finds an address that appears, and lets one go that vanishes, when its link ends', async () => {
    const { here, first, second, names, dialIt } = await twoServers();
    names.set('a', HERE);
    const dialer = dialIt();
    await until(() => dialer.links.length === 1, 'the first is linked');
    names.set('b', HERE);
    await until(() => dialer.links.length === 2, 'the second is linked, too');
    names.set('b', []);
    const { asked } = names;
    await until(() => names.asked > asked + 4, 'the name was resolved again');
    expect(dialer.links).toHaveLength(2);
    second.links[0]?.close('it moved');
    await until(() => dialer.peers.length === 1, 'only the first is still wanted');
    expect(here.closings).toEqual(['the other end closed it: it moved']);
    names.set('b', HERE);
    await until(() => second.links.length === 2, 'the second is linked again');
    expect(first.links).toHaveLength(1);
  });

  test('takes a vanished address back while its link still stands', async () => {
    const { second, names, dialIt } = await twoServers();
    names.set('b', HERE);
    const dialer = dialIt();
    await until(() => dialer.links.length === 1, 'it is linked');
    for (const addresses of [[], HERE]) {
      names.set('b', addresses);
      const { asked } = names;
      await until(() => names.asked > asked + 4, 'the name was resolved again');
    }
    expect(dialer.links).toHaveLength(1);
    names.stuck = true;
    const { asked } = names;
    await until(() => names.asked > asked, 'the names are resolved no more');
    second.links[0]?.close();
    await until(() => second.links.length === 2, 'it is dialed again as one that never vanished');
  });

  test('keeps what it knows while a name cannot be resolved, and says so', async () => {
    const { first, second, names, dialIt } = await twoServers();
    names.set('a', HERE);
    names.set('b', new Error('no such name now'));
    const dialer = dialIt();
    await until(() => dialer.links.length === 1, 'the first is linked');
    expect(dialer.peers).toContainEqual(expect.objectContaining({ status: 'waiting', lastError: 'no such name now' }));
    names.set('a', new Error('neither'));
    const { asked } = names;
    await until(() => names.asked > asked + 4, 'the names were tried again');
    first.links[0]?.close();
    await until(() => first.links.length === 2, 'the first is dialed again');
    names.set('b', HERE);
    await until(() => dialer.links.length === 2, 'the second is found at last');
    expect(second.links).toHaveLength(1);
  });

  test('dials until somebody listens, with the last error in the state of the peer', async () => {
    const there = new Heard();
    const server = await serve(there);
    const { port } = server;
    await server.close();
    const dialer = dial(new Heard(), port);
    await until(() => dialer.peers[0]?.status === 'waiting', 'a try has failed');
    expect(dialer.peers).toEqual([
      { peer: `127.0.0.1:${port}`, status: 'waiting', lastError: expect.stringContaining('ECONNREFUSED') },
    ]);
    await serve(there, { port });
    await until(() => there.links.length === 1, 'it is linked');
  });

  test('tells those that it finds later that it is going, and after its close dials nobody', async () => {
    const { first, second, names, dialIt } = await twoServers();
    names.set('a', HERE);
    const dialer = dialIt();
    await until(() => dialer.links.length === 1, 'the first is linked');
    dialer.drain();
    names.set('b', HERE);
    await until(() => first.peersDraining === 1 && second.peersDraining === 1, 'both know');
    await dialer.close('it stopped');
    expect(dialer.links).toEqual([]);
    await until(() => first.closings.length === 1 && second.closings.length === 1, 'both have lost it');
    const { asked } = names;
    await serve(new Heard());
    expect([names.asked, first.links.length, second.links.length]).toEqual([asked, 1, 1]);
  });

  test('resolves names of the system', async () => {
    const there = new Heard();
    const { port } = await serve(there);
    const dialer = dial(new Heard(), port, { hosts: [{ host: 'localhost', port }] });
    await until(() => there.links.length === 1, 'it is linked');
    expect(dialer.peers.map(({ peer }) => peer)).toEqual([`127.0.0.1:${port}`]);
  });

  test('waits 50 ms to 2 s between two tries, longer with each failure', () => {
    expect([1, 2, 3, 6, 60].map((failures) => waitMsAfter(failures, 0))).toEqual([50, 50, 50, 50, 50]);
    expect([1, 2, 3, 6, 60].map((failures) => waitMsAfter(failures, 1))).toEqual([100, 200, 400, 2_000, 2_000]);
  });
});

describe('whoever listens', () => {
  test('tells those that come later that it is going', async () => {
    const [here, there] = [new Heard(), new Heard()];
    const server = await serve(there);
    server.drain();
    dial(here, server.port);
    await until(() => here.peersDraining === 1, 'the one who came knows');
    expect(here.closings).toEqual([]);
  });

  test('ends every link in order when it closes', async () => {
    const [here, there] = [new Heard(), new Heard()];
    const server = await serve(there);
    dial(here, server.port);
    await until(() => here.links.length === 1, 'there is a link');
    await Promise.all([server.close('it stopped'), server.close()]);
    expect(there.closings).toEqual(['it stopped']);
    await until(() => here.closings.length === 1, 'the other end knows');
    expect(here.closings).toEqual(['the other end closed it: it stopped']);
  });
});
