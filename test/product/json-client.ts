import { randomUUID } from 'node:crypto';
import { until } from '#testing';

export interface Reply<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** An operation, as the documentation of the API has it. */
export interface OperationBody {
  id: string;
  type: string;
  status: string;
  durability: string;
  acceptedAt?: string;
  attempts: number;
  nextAttemptAt?: string;
  error?: { code: string; message: string };
  result?: Record<string, unknown>;
  ledger?: string;
  links: { self: string; events: string };
}

export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail?: string;
  errors?: { pointer?: string; parameter?: string; header?: string; detail: string }[];
  operation?: OperationBody;
}

/** Speaks JSON with a running gateway. */
export class JsonClient {
  constructor(readonly url: string) {}

  async get<Body = Record<string, unknown>>(path: string, headers: Record<string, string> = {}): Promise<Reply<Body>> {
    return replyOf<Body>(await fetch(this.url + path, { headers }));
  }

  async post<Body = Record<string, unknown>>(
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply<Body>> {
    const content = body === undefined ? {} : { 'content-type': 'application/json' };
    const init = { method: 'POST', headers: { ...content, ...headers }, body: JSON.stringify(body) };
    return replyOf<Body>(await fetch(this.url + path, init));
  }

  /** Waits until persistence has its tables and applies commands. */
  async ready(): Promise<this> {
    const isReady = async () => (await this.get('/health/ready')).body['status'] === 'ready';
    await until(isReady, 'the product is ready', 30_000);
    return this;
  }

  /** Asks the operation until it has the status. */
  async operation(path: string, status: string): Promise<OperationBody> {
    return until(
      async () => {
        const { body } = await this.get<OperationBody>(path);
        return body.status === status ? body : undefined;
      },
      `${path} is ${status}`,
      20_000,
    );
  }
}

async function replyOf<Body>(response: Response): Promise<Reply<Body>> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as Body };
}

/** A valid order of its own. */
export function anOrder(given: Record<string, unknown> = {}) {
  return {
    orderId: randomUUID(),
    customerId: 'customer-42',
    currency: 'EUR',
    lines: [{ sku: 'espresso-1kg', quantity: 2, unitPriceCents: 1890 }],
    ...given,
  };
}

/** A valid reading. */
export function aReading(given: Record<string, unknown> = {}) {
  return { deviceId: 'boiler-7', metric: 'celsius', value: 71.5, observedAt: '2026-11-22T09:30:00Z', ...given };
}
