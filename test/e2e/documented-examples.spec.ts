import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { z } from 'zod';
import { JsonClient } from '../product/json-client.js';
import { startSluice, type RunningSluice } from '../product/sluice.js';

type Json = Record<string, unknown>;
interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Json }> };
  responses: Record<string, { content?: Record<string, { schema?: Json }> }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
}

/** What the ids in a path stand for where no example can be right: the letters and operations of this product. */
type Ids = Readonly<Record<string, string>>;

/** Every route, each after those that make what it shows. */
const ROUTES = [
  'post /orders',
  'get /orders',
  'get /orders/{id}',
  'post /orders/{id}/cancellation',
  'get /operations/{id}',
  'get /operations/{id}/events',
  'post /readings',
  'post /readings/batch',
  'get /readings',
  'get /dead-letters',
  'get /dead-letters/{id}',
  'post /dead-letters/replay',
  'post /dead-letters/{id}/replay',
  'post /dead-letters/{id}/discard',
  'get /health/live',
  'get /health/ready',
  'get /metrics',
  'get /problems/{slug}',
  'get /docs',
  'get /openapi.json',
  'get /asyncapi.json',
] as const;

describe('the examples of the OpenAPI document', () => {
  let sluice: RunningSluice;
  let client: JsonClient;
  let document: Document;

  beforeAll(async () => {
    sluice = await startSluice();
    client = await new JsonClient(sluice.url).ready();
    document = (await client.get<Document>('/openapi.json')).body;
  });
  afterAll(() => sluice.close());

  const resolved = (schema: Json): Json =>
    typeof schema['$ref'] === 'string' ? document.components.schemas[schema['$ref'].split('/').at(-1)!]! : schema;

  function validatorOf(schema: Json): z.ZodType {
    const text = JSON.stringify({ ...schema, $defs: document.components.schemas });
    return z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as never);
  }

  function bodyOf({ requestBody }: Operation): RequestInit {
    if (requestBody === undefined) return {};
    const schema = resolved(requestBody.content['application/json']!.schema);
    const example = schema['example'] ?? [resolved(schema['items'] as Json)['example']];
    return { body: JSON.stringify(example), headers: { 'content-type': 'application/json' } };
  }

  /** The request as the page makes it of the examples; `ids` stand in for what has none. Each required value must be there. */
  function requestOf(route: string, ids: Ids): { url: URL; init: RequestInit; operation: Operation } {
    const [method, path] = route.split(' ') as [string, string];
    const operation = document.paths[path]![method]!;
    const init = bodyOf(operation);
    const headers = new Headers(init.headers);
    const query = new URLSearchParams();
    let filled = path;
    for (const { name, in: place, required, example, examples } of operation.parameters ?? []) {
      const value = example ?? Object.values(examples ?? {})[0]?.value ?? (place === 'path' ? ids[route] : undefined);
      if (value === undefined && required) throw new Error(`${route} requires ${place} ${name}, which has no example.`);
      if (value === undefined) continue;
      if (place === 'path') filled = filled.replace(`{${name}}`, String(value));
      else if (place === 'query') query.set(name, String(value));
      else headers.set(name, String(value));
    }
    return { url: new URL(`${filled}?${query.toString()}`, sluice.url), init: { ...init, method, headers }, operation };
  }

  /** Presses the route, and gives the answer, which must succeed in a way that the document lists, with such a body. */
  async function press(route: string, ids: Ids): Promise<unknown> {
    const { url, init, operation } = requestOf(route, ids);
    const response = await fetch(url, init);
    const text = await response.text();
    const mediaType = response.headers.get('content-type')?.split(';')[0] ?? '';
    const context = { route, status: response.status, mediaType };
    const content = operation.responses[response.status]?.content;
    expect({ ...context, text, succeeds: response.status < 300 }).toMatchObject({ succeeds: true });
    expect({ ...context, listed: Object.keys(content ?? {}) }).toMatchObject({ listed: [mediaType] });
    if (mediaType !== 'application/json') return text;
    const body: unknown = JSON.parse(text);
    const { error } = validatorOf(content?.[mediaType]?.schema ?? {}).safeParse(body);
    expect({ ...context, faults: error?.issues }).toEqual({ ...context, faults: undefined });
    return body;
  }

  /** A reading that was given up, as the ledger keeps it. */
  async function deadLetter(): Promise<string> {
    const id = randomUUID();
    const payload = { deviceId: 'boiler-8', metric: 'celsius', value: 71.5, observedAt: '2026-11-22T09:30:00Z' };
    const database = new Client({ connectionString: sluice.databaseUrl });
    await database.connect();
    await database.query(
      `INSERT INTO command_ledger (position, id, lane, state, type, stream, key, fingerprint, attempts, accepted_at,
         error_code, error_message, failure_group, payload, headers)
       VALUES (nextval('command_ledger_position'), $1, 0, 'dead', 'readings.record.v1', 'device', 'boiler-8', '\\x00', 5, now(),
         'unknown', 'It failed.', 'unknown', $2, '{}')`,
      [id, Buffer.from(JSON.stringify(payload))],
    );
    await database.end();
    return id;
  }

  it('work for every route when pressed in order, and each answer is one that the document lists', async () => {
    const listed = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(listed.sort()).toEqual([...ROUTES].sort());
    const [letter, discarded] = [await deadLetter(), await deadLetter()];
    const ids: Record<string, string> = {
      'get /dead-letters/{id}': letter,
      'post /dead-letters/{id}/replay': letter,
      'post /dead-letters/{id}/discard': discarded,
    };
    for (const route of ROUTES) {
      const answer = await press(route, ids);
      if (route !== 'post /orders') continue;
      const { id } = answer as { id: string };
      await client.operation(`/operations/${id}`, 'applied');
      ids['get /operations/{id}'] = ids['get /operations/{id}/events'] = id;
    }
  });
});
