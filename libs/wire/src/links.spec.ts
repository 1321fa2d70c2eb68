import { setImmediate } from 'node:timers/promises';
import { TcpProxy, until, within } from '#testing';
import type { LinkLimits } from './limits.js';
import { closeAll, dial, Heard, QUICK, serve } from './links.fixture.js';

const SILENT = /nothing came from the other end for 300 ms/;

let proxy: TcpProxy | undefined;

afterEach(async () => {
  await closeAll();
  await proxy?.close();
  proxy = undefined;
});

async function linked() {
  const [here, there] = [new Heard(), new Heard()];
  const server = await serve(there);
  const dialer = dial(here, server.port);
  await until(() => here.links.length === 1 && there.links.length === 1, 'both ends have the link');
  return { here, there, server, dialer };
}

async function linkedThroughProxy(limits: Partial<LinkLimits> = {}) {
  const [here, there] = [new Heard(), new Heard()];
  const server = await serve(there);
  const cut = await TcpProxy.to('127.0.0.1', server.port);
  proxy = cut;
  const dialer = dial(here, cut.port, { limits: { ...QUICK, ...limits } });
  await until(() => here.links.length === 1 && there.links.length === 1, 'both ends have the link');
  return { here, there, server, dialer, cut };
}

const body = (text: string) => new Uint8Array(Buffer.from(text));

describe('a link', () => {
  test('greets both ends and carries frames both ways, whole and in order', async () => {
    const { here, there } = await linked();
    expect(here.links[0]?.greeting).toEqual({ instance: 'server' });
    expect(there.links[0]?.greeting).toEqual({ instance: 'dialer' });
    const sent = Array.from({ length: 300 }, (_, index) => ({
      kind: index % 128,
      head: { index },
      body: body('ü'.repeat(index)),
    }));
    for (const frame of sent) here.links[0]?.send(frame);
    for (const frame of sent) there.links[0]?.send(frame);
    await until(() => here.frames.length === 300 && there.frames.length === 300, 'all have arrived');
    expect(there.frames).toEqual(sent);
    expect(here.frames).toEqual(sent);
  });

  test('carries a frame of many megabytes, and refuses to send one past the limit', async () => {
    const { here, there } = await linked();
    const large = new Uint8Array(12 * 1024 * 1024).fill(7);
    here.links[0]?.send({ kind: 1, head: null, body: large });
    await until(() => there.frames.length === 1, 'it has arrived');
    expect(Buffer.compare(there.frames[0]?.body ?? body(''), large)).toBe(0);
    const tooLarge = { kind: 1, head: null, body: new Uint8Array(16 * 1024 * 1024) };
    expect(() => here.links[0]?.send(tooLarge)).toThrow('at most 16777216');
    expect(() => here.links[0]?.send({ kind: 128, head: null, body: body('') })).toThrow('0 to 127');
  });

  test('says when its bound is reached, and when what waited has gone', async () => {
    const { here, there, cut } = await linkedThroughProxy();
    cut.freeze();
    const frame = { kind: 1, head: null, body: new Uint8Array(256 * 1024) };
    let sent = 1;
    while (here.links[0]?.send(frame)) sent += 1;
    expect(sent * 256).toBeGreaterThanOrEqual(1_024);
    cut.thaw();
    await until(() => here.drains === 1, 'the end that sent hears that it has drained');
    await until(() => there.frames.length === sent, 'all have arrived');
  });

  test('takes nothing more, not even what is small, before it has said that it drained', async () => {
    const { here, cut } = await linkedThroughProxy({ sendBytesMax: 8 * 1024 * 1024 });
    cut.freeze();
    const link = here.links[0];
    expect(link?.send({ kind: 1, head: null, body: new Uint8Array(12 * 1024 * 1024) })).toBe(false);
    await setImmediate();
    // What waits behind the large one is below the bound, and more than the system takes at once.
    expect(link?.send({ kind: 1, head: null, body: new Uint8Array(7_000_000) })).toBe(false);
    cut.thaw();
    const takes = async () => {
      while (!link?.send({ kind: 1, head: null, body: body('small') })) await setImmediate();
    };
    await within(takes(), 'it takes again');
    expect(here.drains).toBe(1);
  });

  test('a reason longer than any log wants is cut', async () => {
    const { here, there } = await linked();
    here.links[0]?.close('x'.repeat(100_000));
    await until(() => here.closings.length === 1 && there.closings.length === 1, 'both ends know');
    expect([here.closings[0]?.length, there.closings[0]]).toEqual([500, `the other end closed it: ${'x'.repeat(500)}`]);
  });

  test('is ended at the end that sends on and on although it was told to stop', async () => {
    const { here, cut } = await linkedThroughProxy();
    cut.freeze();
    const frame = { kind: 1, head: null, body: new Uint8Array(8 * 1024 * 1024) };
    const link = here.links[0];
    for (let count = 0; count < 20 && !link?.closed; count++) link?.send(frame);
    await until(() => here.closings.length === 1, 'the link is ended');
    expect(here.closings[0]).toMatch(/bytes wait to be sent, far more than 1048576/);
    cut.thaw();
  });

  test('a notice of going leaves the link open for what is under way', async () => {
    const { here, there } = await linked();
    there.links[0]?.drain();
    there.links[0]?.drain();
    await until(() => here.peersDraining > 0, 'the other end hears of it');
    there.links[0]?.send({ kind: 3, head: 'still', body: body('') });
    await until(() => here.frames.length === 1, 'a later frame has arrived');
    expect([here.peersDraining, here.closings.length]).toEqual([1, 0]);
  });

  test('a close flushes what was sent before, and tells the reason once at each end', async () => {
    const { here, there, server } = await linked();
    const frame = { kind: 1, head: null, body: new Uint8Array(200_000) };
    for (let count = 0; count < 4; count++) there.links[0]?.send(frame);
    there.links[0]?.close('its lanes moved away');
    expect(there.links[0]?.closed).toBe(true);
    expect(there.links[0]?.send(frame)).toBe(false);
    await until(() => here.closings.length === 1 && there.closings.length === 1, 'both ends know');
    expect(here.frames).toHaveLength(4);
    expect(there.closings).toEqual(['its lanes moved away']);
    expect(here.closings).toEqual(['the other end closed it: its lanes moved away']);
    expect(server.links.length).toBeLessThan(2);
  });

  test('a fault of whoever uses it ends the link with that reason, and not the process', async () => {
    class Failing extends Heard {
      override onFrame(): void {
        throw new Error('no such lane');
      }
    }
    const [here, there] = [new Heard(), new Failing()];
    const server = await serve(there);
    dial(here, server.port);
    await until(() => here.links.length === 1, 'the link is there');
    here.links[0]?.send({ kind: 1, head: null, body: body('') });
    await until(() => here.closings.length > 0, 'the link has ended');
    expect(there.closings).toEqual(['one end failed at what came: no such lane']);
  });

  test('stays while nothing is sent, and is ended at both ends when the network between them is dead', async () => {
    const { here, there, cut } = await linkedThroughProxy();
    const since = performance.now();
    await until(() => performance.now() - since > 8 * QUICK.heartbeatMs, 'eight heartbeats have passed');
    expect([...here.closings, ...there.closings]).toEqual([]);
    cut.freeze();
    const frozenAt = performance.now();
    await until(() => here.closings.length === 1 && there.closings.length === 1, 'both ends have noticed');
    expect(performance.now() - frozenAt).toBeLessThan(6 * QUICK.heartbeatMs);
    expect([here.closings[0], there.closings[0]]).toEqual([
      expect.stringMatching(SILENT),
      expect.stringMatching(SILENT),
    ]);
  });

  test('comes back after a cut, with the reason of the last end in the state of the peer', async () => {
    const { here, there, dialer, cut } = await linkedThroughProxy();
    cut.cut();
    await until(() => here.links.length === 2 && there.links.length === 2, 'there is a new link');
    expect(here.closings).toHaveLength(1);
    expect(dialer.links).toHaveLength(1);
    expect(dialer.peers).toEqual([{ peer: `127.0.0.1:${cut.port}`, status: 'linked', lastError: here.closings[0] }]);
  });
});
