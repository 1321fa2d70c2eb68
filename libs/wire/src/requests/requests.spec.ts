import { defineAction, defineQuery, type RequestContract } from '#contracts';
import { RequestRefused, RequestRouter, RequestUnavailable } from '#messaging';
import { TcpProxy, until, within } from '#testing';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { z } from 'zod';

import { parseHostList } from '../host-list.js';
import { RemoteRequests, type RemoteRequestsOptions } from './remote-requests.js';
import { RequestServer, type RequestServerOptions } from './request-server.js';
import { RequestsModule } from './requests.controller.js';

const payload = z.strictObject({ value: z.unknown() });
const Echo = defineQuery({ type: 'tests.echo.v1', summary: 'Echo', payload, answer: z.unknown() });
const Change = defineAction({ type: 'tests.change.v1', summary: 'Change', payload, answer: z.unknown() });
const contracts = new Map<string, RequestContract>([Echo, Change].map((contract) => [contract.type, contract]));
const QUICK = { heartbeatMs: 100, greetingMs: 1_000 };
const DEADLINE_MS = 5_000;

type Respond = (value: unknown) => Promise<unknown>;

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Persistence as a process of its own would be: a Nest microservice on a real port. */
async function persistence(respond: Respond, options: Partial<RequestServerOptions> = {}) {
  const router = new RequestRouter();
  for (const contract of [Echo, Change]) router.register(contract, ({ value }) => respond(value));
  const server = new RequestServer({
    host: '127.0.0.1',
    port: 0,
    instance: 'persistence-1',
    shutdownMs: 2_000,
    limits: QUICK,
    ...options,
  });
  const module = RequestsModule.forRoot(router, contracts);
  const app = await NestFactory.createMicroservice(module, { strategy: server, logger: false });
  await app.listen();
  ends.push(() => app.close());
  return { app, port: server.port };
}

async function gateway(ports: readonly number[], options: Partial<RemoteRequestsOptions> = {}) {
  const hosts = parseHostList(ports.map((port) => `127.0.0.1:${port}`).join(','));
  const requests = new RemoteRequests({ hosts, instance: 'gateway-1', limits: QUICK, ...options });
  requests.open();
  ends.push(() => requests.close());
  const linked = () => requests.peers.filter(({ status }) => status === 'linked').length === ports.length;
  await until(linked, 'the gateway has a link to each');
  return requests;
}

/** A responder that answers when it is told to. */
function held() {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const asked: unknown[] = [];
  const respond: Respond = (value) => {
    asked.push(value);
    return promise;
  };
  return { asked, respond, answer: resolve };
}

async function closing(app: INestMicroservice): Promise<void> {
  await app.close();
}

describe('requests between processes', () => {
  test('answers come back as JSON takes them, many at once', async () => {
    const { port } = await persistence(async (value) => ({ value, bytes: 'ü'.repeat(1_000) }));
    const requests = await gateway([port]);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, value) => requests.ask(Echo, { value }, DEADLINE_MS)),
    );
    expect(answers).toEqual(answers.map((_, value) => ({ value, bytes: 'ü'.repeat(1_000) })));
    await expect(requests.ask(Echo, { value: null }, DEADLINE_MS)).resolves.toMatchObject({ value: null });
  });

  test('refusals travel with their fields, and unavailability with its message', async () => {
    const { port } = await persistence(async (value) => {
      throw value === 'refuse' ? new RequestRefused('/value', 'too odd') : new RequestUnavailable('no database');
    });
    const requests = await gateway([port]);
    const refused: unknown = await requests
      .ask(Echo, { value: 'refuse' }, DEADLINE_MS)
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RequestRefused);
    expect(refused).toMatchObject({ pointer: '/value', detail: 'too odd' });
    const away: unknown = await requests.ask(Echo, { value: 'away' }, DEADLINE_MS).catch((error: unknown) => error);
    expect(away).toBeInstanceOf(RequestUnavailable);
    expect(away).toMatchObject({ message: 'no database' });
  });

  test('any other error becomes unavailable without a word of it, and so does what the payload may not be', async () => {
    const { port } = await persistence(async () => {
      throw new Error('secret of the database');
    });
    const requests = await gateway([port]);
    await expect(requests.ask(Echo, { value: 1 }, DEADLINE_MS)).rejects.toThrow(
      /^Persistence failed to answer 'tests.echo.v1'; its log tells why, under the errorId [0-9a-f-]{36}\.$/,
    );
    const wrong = requests.ask(Echo, { other: 1 } as never, DEADLINE_MS);
    await expect(wrong).rejects.toThrow(RequestUnavailable);
  });

  test('an answer that cannot be sent is told so, and the link goes on', async () => {
    const { port } = await persistence(async (value) => (value === 'large' ? 'x'.repeat(17 * 1024 * 1024) : 10n));
    const requests = await gateway([port]);
    await expect(requests.ask(Echo, { value: 'large' }, DEADLINE_MS)).rejects.toThrow(/cannot be sent: .* 16777216/);
    await expect(requests.ask(Echo, { value: 'big' }, DEADLINE_MS)).rejects.toThrow(/cannot be sent: .*BigInt/);
    expect(requests.peers[0]).toMatchObject({ status: 'linked', lastError: undefined });
  });

  test('a contract that persistence does not know is named', async () => {
    const { port } = await persistence(async () => 1);
    const Newer = defineQuery({ type: 'tests.newer.v1', summary: 'Newer', payload, answer: z.unknown() });
    const requests = await gateway([port]);
    await expect(requests.ask(Newer, { value: 1 }, DEADLINE_MS)).rejects.toThrow(/knows no 'tests.newer.v1'/);
  });

  test('the deadline ends the wait', async () => {
    const { respond } = held();
    const { port } = await persistence(respond, { shutdownMs: 10 });
    const requests = await gateway([port]);
    await expect(requests.ask(Echo, { value: 1 }, 50)).rejects.toThrow(/within 50 ms/);
  });

  test('without a persistence process they say where it was looked for, and what came of it', async () => {
    const requests = new RemoteRequests({ hosts: parseHostList('127.0.0.1:1'), instance: 'gateway-1', limits: QUICK });
    ends.push(() => requests.close());
    await expect(requests.ask(Echo, { value: 1 }, DEADLINE_MS)).rejects.toThrow(
      'No persistence process answers at 127.0.0.1:1 yet.',
    );
    requests.open();
    await until(() => requests.peers[0]?.lastError, 'a try has failed');
    await expect(requests.ask(Echo, { value: 1 }, DEADLINE_MS)).rejects.toThrow(
      /^No persistence process answers at 127.0.0.1:1 \(127.0.0.1:1: .*ECONNREFUSED.*\)\.$/,
    );
  });

  test('the processes take turns', async () => {
    const counts = [0, 0, 0];
    const all = await Promise.all(
      counts.map((_, index) => persistence(async () => (counts[index] = (counts[index] ?? 0) + 1))),
    );
    const requests = await gateway(all.map(({ port }) => port));
    for (let count = 0; count < 30; count++) await requests.ask(Echo, { value: count }, DEADLINE_MS);
    expect(counts).toEqual([10, 10, 10]);
  });

  test('past the bound of one link they are unavailable at once', async () => {
    const { respond, answer } = held();
    const { port } = await persistence(respond);
    const requests = await gateway([port], { outstandingMax: 3 });
    const waiting = [1, 2, 3].map((value) => requests.ask(Echo, { value }, DEADLINE_MS));
    await expect(requests.ask(Echo, { value: 4 }, DEADLINE_MS)).rejects.toThrow(/already has 3 requests to answer/);
    answer('done');
    await expect(Promise.all(waiting)).resolves.toEqual(['done', 'done', 'done']);
    await expect(requests.ask(Echo, { value: 5 }, DEADLINE_MS)).resolves.toBe('done');
  });

  test('a process with too much in hand takes no more, and another one is asked, also for an action', async () => {
    const { respond, answer, asked } = held();
    const busy = await persistence(respond, { inHandMax: 1 });
    const idle = await persistence(async () => 'by the other');
    const requests = await gateway([busy.port]);
    const first = requests.ask(Echo, { value: 1 }, DEADLINE_MS);
    await until(() => asked.length === 1, 'it has one in hand');
    await expect(requests.ask(Echo, { value: 2 }, DEADLINE_MS)).rejects.toThrow(
      /No persistence process takes requests now/,
    );
    const both = await gateway([busy.port, idle.port]);
    for (let count = 0; count < 4; count++) {
      await expect(both.ask(Change, { value: count }, DEADLINE_MS)).resolves.toBe('by the other');
    }
    answer('by the first');
    await expect(first).resolves.toBe('by the first');
    expect(asked).toEqual([1]);
  });

  test('a stopping process answers what it has in hand, and what is new goes to another', async () => {
    const { respond, answer, asked } = held();
    const stopping = await persistence(respond);
    const other = await persistence(async () => 'by the other');
    const requests = await gateway([stopping.port, other.port]);
    const without = await gateway([stopping.port]);
    const waiting = [1, 2].map((value) => requests.ask(Echo, { value }, DEADLINE_MS));
    await until(() => asked.length === 1, 'it has one in hand');
    const closed = closing(stopping.app);
    for (let count = 0; count < 10; count++) {
      await expect(requests.ask(Change, { value: count }, DEADLINE_MS)).resolves.toBe('by the other');
    }
    await expect(without.ask(Echo, { value: 3 }, DEADLINE_MS)).rejects.toThrow(
      `No persistence process takes requests now: 127.0.0.1:${stopping.port} is stopping.`,
    );
    answer('by the first');
    await expect(Promise.all(waiting)).resolves.toEqual(expect.arrayContaining(['by the first', 'by the other']));
    await within(closed, 'it has stopped');
    expect(asked).toHaveLength(1);
  });

  test('a lost link makes a query be asked of another process, once, and an action unavailable', async () => {
    const { respond, asked } = held();
    const first = await persistence(respond, { shutdownMs: 10 });
    const proxy = await TcpProxy.to('127.0.0.1', first.port);
    ends.push(() => proxy.close());
    const second = await persistence(async () => 'by the other');
    const requests = await gateway([proxy.port, second.port]);
    const queries = [1, 2].map((value) => requests.ask(Echo, { value }, DEADLINE_MS));
    const actions = [1, 2].map((value) => requests.ask(Change, { value }, DEADLINE_MS));
    const settled = Promise.allSettled(actions);
    await until(() => asked.length === 2, 'a query and an action wait for their answer');
    proxy.cut();
    await expect(Promise.all(queries)).resolves.toEqual(['by the other', 'by the other']);
    const [lost] = (await settled).filter((outcome) => outcome.status === 'rejected');
    expect(lost?.reason).toBeInstanceOf(RequestUnavailable);
    expect(String(lost?.reason)).toMatch(/ended before the answer came: .* Whether it was done is unknown\./);
  });

  test('a frozen process is noticed by its silence, and the query goes to another', async () => {
    const first = await persistence(async () => 'by the first');
    const proxy = await TcpProxy.to('127.0.0.1', first.port);
    ends.push(() => proxy.close());
    const second = await persistence(async () => 'by the other');
    const requests = await gateway([proxy.port, second.port]);
    proxy.freeze();
    const answers = await Promise.all([1, 2].map((value) => requests.ask(Echo, { value }, DEADLINE_MS)));
    expect(answers).toEqual(['by the other', 'by the other']);
  });

  test('a port that is taken is told with the setting to change', async () => {
    const { port } = await persistence(async () => 1);
    await expect(persistence(async () => 2, { port })).rejects.toMatchObject({
      setting: 'REQUESTS_PORT',
      message: expect.stringContaining(`Cannot listen on 127.0.0.1:${port}`),
    });
  });
});
