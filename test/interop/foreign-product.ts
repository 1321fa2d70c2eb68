import { randomUUID } from 'node:crypto';
import { until } from '#testing';
import { JsonClient } from '../product/json-client.js';
import { startSluice, type RunningSluice } from '../product/sluice.js';

interface Letter {
  readonly commandId: string;
}

/** A dead letter, as the gateway shows it. */
export interface WholeLetter extends Letter {
  readonly type: string | null;
  readonly error: { readonly code: string; readonly message: string };
  readonly externalId: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly payloadBase64: string;
}

/** The product on a broker, as those see it who look for what another program sent. */
export class ForeignProduct {
  private constructor(
    private readonly sluice: RunningSluice,
    private readonly client: JsonClient,
  ) {}

  static async start(env: Readonly<Record<string, string>>): Promise<ForeignProduct> {
    const sluice = await startSluice(env);
    return new ForeignProduct(sluice, await new JsonClient(sluice.url).ready());
  }

  /** Orders that nobody has placed yet. */
  static newIds(count: number): string[] {
    return Array.from({ length: count }, () => randomUUID());
  }

  /** What the gateway answers of that order, once it is placed. */
  async order(orderId: string): Promise<unknown> {
    return until(async () => {
      const { status, body } = await this.client.get(`/orders/${orderId}`);
      return status === 200 && body;
    }, `${orderId} is placed`);
  }

  /** The dead letter of a command that its sender called so. */
  async letterOf(externalId: string): Promise<WholeLetter> {
    return until(async () => {
      const { deadLetters } = (await this.client.get<{ deadLetters: Letter[] }>('/dead-letters?limit=100')).body;
      for (const { commandId } of deadLetters) {
        const { body } = await this.client.get<WholeLetter>(`/dead-letters/${commandId}`);
        if (body.externalId === externalId || JSON.stringify(body.headers).includes(externalId)) return body;
      }
      return undefined;
    }, `${externalId} is a dead letter`);
  }

  async close(): Promise<void> {
    await this.sluice.close();
  }
}
