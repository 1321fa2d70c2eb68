import { Client } from 'pg';
import { until } from '#testing';
import { anOrder, JsonClient, type OperationBody } from '../product/json-client.js';
import { startSluice, type RunningSluice } from '../product/sluice.js';

interface Told {
  id: string;
  data: OperationBody;
}

/** Reads the whole stream, or until enough was told. */
async function eventsOf(url: string, lastEventId?: string, enough = Infinity): Promise<{ told: Told[]; raw: string }> {
  const controller = new AbortController();
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const response = await fetch(url, { headers, signal: controller.signal });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  let raw = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    raw += chunk;
    if (toldIn(raw).length >= enough) break;
  }
  controller.abort();
  return { told: toldIn(raw), raw };
}

function toldIn(raw: string): Told[] {
  return [...raw.matchAll(/id: (.*)\ndata: (.*)\n\n/g)].map(([, id, data]) => ({
    id: id!,
    data: JSON.parse(data!) as OperationBody,
  }));
}

describe('events of an operation', () => {
  let sluice: RunningSluice;
  let client: JsonClient;
  let database: Client;

  beforeAll(async () => {
    sluice = await startSluice({ STREAMS_MAX: '2' });
    client = await new JsonClient(sluice.url).ready();
    database = new Client({ connectionString: sluice.databaseUrl });
    await database.connect();
  });
  afterAll(async () => {
    await database?.end();
    await sluice?.close();
  });

  const held = async (work: (links: OperationBody['links']) => Promise<void>) => {
    await database.query('BEGIN');
    await database.query('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    try {
      const { body } = await client.post<OperationBody>('/orders', anOrder());
      await work(body.links);
    } finally {
      await database.query('ROLLBACK');
    }
  };

  test('a first event comes at once, then the change, and the stream ends when it is settled', async () => {
    let following: Promise<{ told: Told[]; raw: string }> | undefined;
    await held(async ({ events, self }) => {
      const { told, raw } = await eventsOf(sluice.url + events, undefined, 1);
      expect(raw).toMatch(/^retry: \d+\n\n/);
      expect(told.map(({ data }) => data.status)).toEqual(['accepted']);
      expect(told[0]!.data.links.self).toBe(self);
      following = eventsOf(sluice.url + events);
    });
    const { told } = await following!;
    expect(told.at(-1)!.data).toMatchObject({ status: 'applied', attempts: 1, result: { version: 1 } });
  });

  test('a client that comes back with Last-Event-ID is not told again what it saw', async () => {
    let seen: Told | undefined;
    let links: OperationBody['links'] | undefined;
    await held(async (given) => {
      links = given;
      seen = (await eventsOf(sluice.url + given.events, undefined, 1)).told[0];
    });
    const { told } = await eventsOf(sluice.url + links!.events, seen!.id);
    expect(told.map(({ data }) => data.status)).toEqual(['applied']);
    const done = await fetch(sluice.url + links!.events, { headers: { 'last-event-id': told[0]!.id } });
    expect([done.status, await done.text()]).toEqual([204, '']);
  });

  test('an event id that nobody gave is as good as none', async () => {
    const { body } = await client.post<OperationBody>('/orders', anOrder(), { prefer: 'wait=20' });
    const { told } = await eventsOf(sluice.url + body.links.events, 'nonsense');
    expect(told.map(({ data }) => data.status)).toEqual(['applied']);
  });

  test('more streams than are allowed are 503, until a client leaves', async () => {
    await held(async ({ events }) => {
      const clients = [new AbortController(), new AbortController()];
      for (const { signal } of clients) expect((await fetch(sluice.url + events, { signal })).status).toBe(200);
      const refused = await fetch(sluice.url + events);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
      expect(refused.headers.get('content-type')).toContain('application/problem+json');
      await refused.text();
      clients[0]!.abort();
      await until(async () => (await eventsOfAny(sluice.url + events)) === 200, 'a place is free');
      clients[1]!.abort();
    });
  });

  test('the streams end cleanly when the gateway stops', async () => {
    const stopping = await startSluice();
    const lock = new Client({ connectionString: stopping.databaseUrl });
    try {
      const other = await new JsonClient(stopping.url).ready();
      await lock.connect();
      await lock.query('BEGIN');
      await lock.query('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
      const { body } = await other.post<OperationBody>('/orders', anOrder());
      const text = (await fetch(other.url + body.links.events)).text();
      const closed = stopping.close();
      expect(toldIn(await text).map(({ data }) => data.status)).toEqual(['accepted']);
      await lock.end();
      await closed;
    } finally {
      await lock.end();
      await stopping.close();
    }
  });
});

async function eventsOfAny(url: string): Promise<number> {
  const controller = new AbortController();
  const { status } = await fetch(url, { signal: controller.signal });
  controller.abort();
  return status;
}
