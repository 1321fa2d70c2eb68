import { randomUUID } from 'node:crypto';
import { FindOutcomes, PlaceOrder, type Outcome } from '#contracts';
import {
  encodeNotice,
  fingerprintOf,
  PublishError,
  RequestRouter,
  RequestUnavailable,
  type Envelope,
} from '#messaging';
import { loadSettings } from '#settings';
import { MemoryBroker, MemoryTransport, until, within } from '#testing';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { configureGateway } from '../http/configure-gateway.js';
import { createGatewayAdapter } from '../http/gateway-adapter.js';
import { GatewayModule } from '../gateway.module.js';
import { OutcomeWaiters } from '../operations/outcome-waiters.js';
import { gatewaySettings } from '../settings.js';

interface Reply {
  id: string;
  type: string;
  status: string | number;
  ledger?: string;
  operation?: { id: string; links: { self: string } };
  items?: { status: number; operation?: { id: string }; problem?: { type: string } }[];
}

describe('a gateway whose persistence and transport fail as the test wants', () => {
  const broker = new MemoryBroker(16);
  const transport = new MemoryTransport(broker);
  const ledger = new Map<string, Outcome>();
  let ledgerAway = false;
  let app: NestFastifyApplication;
  let url: string;
  const published: Envelope[] = [];

  beforeAll(async () => {
    const env = { MIN_DURABILITY: 'memory', OPERATION_SECRETS: 's'.repeat(32), WAITERS_MAX: '1' };
    const settings = loadSettings(gatewaySettings, { env, envFile: null }).values;
    const requests = new RequestRouter();
    requests.register(FindOutcomes, async ({ commandIds }) => {
      if (ledgerAway) throw new RequestUnavailable('The database is away.');
      return { outcomes: commandIds.flatMap((id) => ledger.get(id) ?? []), purgedBefore: null };
    });
    await transport.open();
    const options = { batchMax: 100, batchBytesMax: 1_000_000, batchWaitMs: 0, prefetch: 100 };
    await transport.consume(options, async ({ deliveries }) => {
      for (const delivery of deliveries) if (delivery.kind === 'decoded') published.push(delivery.envelope);
    });
    const root = GatewayModule.forRoot({ settings, transport, requests });
    app = await NestFactory.create<NestFastifyApplication>(root, createGatewayAdapter(settings), { logger: false });
    configureGateway(app, settings);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  afterAll(async () => {
    await app.close();
    await transport.close(1_000);
  });

  beforeEach(() => {
    published.length = 0;
    ledgerAway = false;
    broker.storeRefusal = undefined;
  });

  const order = () => ({
    orderId: randomUUID(),
    customerId: 'customer-42',
    currency: 'EUR',
    lines: [{ sku: 'espresso-1kg', quantity: 2, unitPriceCents: 1890 }],
  });
  const reading = (deviceId: string) => ({ deviceId, metric: 'm', value: 1, observedAt: '2026-11-22T09:30:00Z' });

  async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
    const response = await fetch(url + path, { ...init, body: JSON.stringify(body) });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Reply };
  }

  const delivered = () => until(() => published[0], 'the command is delivered');

  function outcomeOf({ id, type }: Envelope, fingerprint: string, state: Outcome['state'] = 'applied'): Outcome {
    const at = new Date().toISOString();
    const line = { attempts: 1, acceptedAt: at, updatedAt: at, nextAttemptAt: null, error: null, result: null };
    return { commandId: id, type, fingerprint, state, ...line };
  }

  /** Bytes 17 to 24 of an operation id. */
  const fingerprintIn = (operationId: string) => Buffer.from(operationId, 'base64url').toString('hex', 17, 25);

  async function settleLater(notify: boolean): Promise<void> {
    const envelope = await delivered();
    const outcome = outcomeOf(envelope, fingerprintOf(envelope.body));
    ledger.set(envelope.id, outcome);
    const { commandId, state, fingerprint } = outcome;
    if (notify) transport.notify(encodeNotice([{ commandId, state, fingerprint }]));
  }

  test('the envelope carries type, key, principal, trace and the payload as JSON', async () => {
    const given = order();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { body } = await post('/orders', given, { traceparent, 'x-correlation-id': 'cart-7' });
    const envelope = await delivered();
    expect(envelope).toMatchObject({
      type: PlaceOrder.type,
      source: 'urn:sluice:gateway',
      partitionKey: `order:${given.orderId}`,
      attributes: { principal: 'anonymous', traceparent, correlationid: 'cart-7' },
    });
    expect(JSON.parse(Buffer.from(envelope.body).toString())).toEqual(given);
    expect(fingerprintIn(body.id)).toBe(fingerprintOf(envelope.body));
  });

  test('a wait ends with a notice, and with a ledger reading where the notice is lost', async () => {
    for (const notify of [true, false]) {
      published.length = 0;
      const waiting = post('/orders', order(), { prefer: 'wait=20' });
      await settleLater(notify);
      expect([(await waiting).status, notify]).toEqual([201, notify]);
    }
  });

  test('whoever waits for nothing has it at once', async () => {
    const wait = app.get(OutcomeWaiters).begin([])!;
    const outcomes = wait.outcomes(performance.now() + 30_000, AbortSignal.timeout(60_000));
    expect((await within(outcomes, 'the wait ends')).size).toBe(0);
  });

  test('past WAITERS_MAX the answer does not wait, and a client that leaves gives its place back', async () => {
    const waiters = app.get(OutcomeWaiters);
    const isPlaceFree = () => {
      const wait = waiters.begin([randomUUID()]);
      wait?.close();
      return wait !== undefined;
    };
    const controller = new AbortController();
    const headers = { 'content-type': 'application/json', prefer: 'wait=30' };
    const body = JSON.stringify(order());
    const waiting = fetch(`${url}/orders`, { method: 'POST', headers, body, signal: controller.signal });
    await until(() => !isPlaceFree(), 'the request waits');
    const next = await post('/orders', order(), { prefer: 'wait=30' });
    expect([next.status, next.headers.has('preference-applied')]).toEqual([202, false]);
    controller.abort();
    await expect(waiting).rejects.toThrow('abort');
    await until(isPlaceFree, 'nobody waits');
  });

  test('while the ledger is away an operation reads accepted, truthfully, and commands are taken', async () => {
    ledgerAway = true;
    const accepted = await post('/orders', order(), { 'idempotency-key': randomUUID(), prefer: 'wait=1' });
    expect([accepted.status, accepted.body.status]).toEqual([202, 'accepted']);
    const read = (await (await fetch(`${url}/operations/${accepted.body.id}`)).json()) as Reply;
    expect(read).toMatchObject({ status: 'accepted', ledger: 'unavailable', type: PlaceOrder.type });
  });

  test.each([
    ['overloaded', 503, 'overloaded'],
    ['unavailable', 503, 'transport-unavailable'],
    ['closed', 503, 'transport-unavailable'],
    ['too-large', 413, 'body-too-large'],
  ] as const)('a publish that is refused as %s is %i %s', async (failure, status, slug) => {
    broker.storeRefusal = new PublishError('not-stored', failure, 'The test wants it so.');
    const reply = await post('/orders', order());
    expect([reply.status, reply.body.type]).toEqual([status, `/problems/${slug}`]);
    expect(reply.headers.has('retry-after')).toBe(status === 503);
  });

  test('a publish of unknown outcome is 503 with the operation, which can be asked', async () => {
    broker.storeRefusal = new PublishError('unknown', 'interrupted', 'The test wants it so.');
    const { status, body } = await post('/orders', order());
    expect([status, body.type]).toEqual([503, '/problems/outcome-unknown']);
    const { status: found } = await fetch(url + body.operation!.links.self);
    expect(found).toBe(200);
  });

  test('a batch of which only some were stored is 207 with a status each; of which none was, the problem', async () => {
    const publish = transport.publish.bind(transport);
    transport.publish = (envelope, deadlineMs) =>
      envelope.partitionKey === 'device:bad'
        ? Promise.reject(new PublishError('not-stored', 'overloaded', 'The test wants it so.'))
        : publish(envelope, deadlineMs);
    try {
      const some = await post('/readings/batch', [reading('good'), reading('bad'), reading('good')]);
      expect(some.status).toBe(207);
      expect(some.body.items?.map(({ status }) => status)).toEqual([202, 503, 202]);
      expect(some.body.items?.[1]?.problem?.type).toBe('/problems/overloaded');
      const none = await post('/readings/batch', [reading('bad'), reading('bad')]);
      expect([none.status, none.body.type]).toEqual([503, '/problems/overloaded']);
    } finally {
      transport.publish = publish;
    }
  });
});
