import type { Random } from '#testing';
import { randomUUID } from 'node:crypto';

/** One request that a client made until it was told something final. */
export interface Told {
  readonly commandId: string;
  readonly orderId: string;
  /** Which step of its order's life it was; the first is 0. */
  readonly step: number;
}

/** An operation as the product told a client of it. */
export interface ToldOperation {
  readonly id: string;
  readonly status: string;
  readonly error?: { readonly code: string };
}

/** Each order's life, and what must become of each step if order per key holds and nothing runs twice. */
export const LIFE = [
  { name: 'place', outcome: 'applied' },
  { name: 'cancel', outcome: 'applied' },
  { name: 'place again', outcome: 'order-already-exists' },
  { name: 'cancel again', outcome: 'order-already-cancelled' },
] as const;

export interface ClientsOptions {
  readonly clients: number;
  readonly customerId?: (order: number) => string;
  readonly pauseMs?: number;
  /** In [0, 1]: how many of the orders' commands are sent with `Prefer: wait`. */
  readonly waitShare?: number;
  /** Hears each operation as it was answered. */
  readonly onOperation?: (operation: ToldOperation) => void;
}

/** In seconds. */
const WAIT_S = 2;

/**
 * A crowd that lives through orders: each client takes one order through its life, a step at a time, sending a step only when the
 * one before was accepted. What fails or is refused for now is repeated with its Idempotency-Key, as our documentation advises.
 */
export class Clients {
  readonly told: Told[] = [];
  readonly readings = new Set<string>();
  /** What a client was answered that it must never be. */
  readonly faults: string[] = [];
  #going = true;
  #crowd: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly url: string,
    private readonly random: Random,
    private readonly options: ClientsOptions,
  ) {}

  start(): void {
    this.#crowd = Promise.all(
      Array.from({ length: this.options.clients }, async () => {
        while (this.#going) {
          await this.#liveOneOrder();
          await this.#recordReadings();
          if (this.options.pauseMs) await new Promise((resolve) => setTimeout(resolve, this.options.pauseMs));
        }
      }),
    );
  }

  /** Lets every client finish the order in its hands. */
  async stop(): Promise<void> {
    this.#going = false;
    await this.#crowd;
  }

  #orders = 0;

  async #liveOneOrder(): Promise<void> {
    const order = this.#orders++;
    const orderId = randomUUID();
    const place = {
      orderId,
      customerId: this.options.customerId?.(order) ?? `customer-${order % 10}`,
      currency: 'EUR',
      lines: [{ sku: 'sku', quantity: this.random.integer(1, 5), unitPriceCents: this.random.integer(0, 10_000) }],
    };
    for (let step = 0; step < LIFE.length; step++) {
      const [path, body] =
        step % 2 === 0 ? ['/orders', place] : [`/orders/${orderId}/cancellation`, { reason: 'test' }];
      const waits = this.random.next() < (this.options.waitShare ?? 0);
      const operation = operationIn(await this.#send(path, body, `${orderId}-${step}`, waits));
      if (!operation) continue;
      this.told.push({ commandId: commandIdOf(operation.id), orderId, step });
      this.options.onOperation?.(operation);
    }
  }

  async #recordReadings(): Promise<void> {
    const readings = Array.from({ length: 5 }, () => ({
      deviceId: `device-${this.random.integer(1, 20)}`,
      metric: 'celsius',
      value: this.random.next(),
      observedAt: new Date(1_700_000_000_000 + this.random.integer(0, 10 ** 9)).toISOString(),
    }));
    const answer = await this.#send('/readings/batch', readings, randomUUID());
    for (const operation of (answer as { operations: ToldOperation[] } | undefined)?.operations ?? []) {
      this.readings.add(commandIdOf(operation.id));
      this.options.onOperation?.(operation);
    }
  }

  /** Repeats until it is accepted. Anything but that, an overload or a lost connection is a fault of the product. */
  async #send(path: string, body: unknown, idempotencyKey: string, waits = false): Promise<unknown> {
    const request = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': `"${idempotencyKey}"`,
        ...(waits && { prefer: `wait=${WAIT_S}` }),
      },
      body: JSON.stringify(body),
    };
    for (;;) {
      const answer = await attempt(`${this.url}${path}`, request);
      if (answer.status === 202 || (waits && tellsOutcome(answer))) return answer.body;
      if (!PASSING.has(answer.status)) {
        this.faults.push(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
        return undefined;
      }
      await new Promise((resolve) => setTimeout(resolve, this.random.integer(20, 100)));
    }
  }
}

/** What is repeated: no answer; a request that came too slowly, or to a process that stood still; a batch taken in part; an overload. */
const PASSING = new Set([0, 207, 408, 503]);

/** What an answer to a caller who waited says of the operation in it. */
const OUTCOME_OF: Readonly<Record<number, string>> = {
  200: 'applied',
  201: 'applied',
  409: 'rejected',
  422: 'rejected',
};

function tellsOutcome({ status, body }: { status: number; body?: unknown }): boolean {
  const outcome = OUTCOME_OF[status];
  return outcome !== undefined && operationIn(body)?.status === outcome;
}

/** An operation is the answer's body, or stands in the problem that the answer is. */
function operationIn(body: unknown): ToldOperation | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  return 'operation' in body ? (body.operation as ToldOperation) : (body as ToldOperation);
}

/** Status 0: no answer came. */
async function attempt(url: string, request: RequestInit): Promise<{ status: number; body?: unknown }> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(15_000) });
    return { status: response.status, body: await response.json() };
  } catch {
    return { status: 0 };
  }
}

/** An operation id is, after one byte, the 16 bytes of the command id. */
export function commandIdOf(operationId: string): string {
  const hex = Buffer.from(operationId, 'base64url').subarray(1, 17).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
