import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { connect, type Channel, type ConsumeMessage } from 'amqplib';
import { fastify } from 'fastify';
import { Pool } from 'pg';
import { BATCH_MAX, QUEUE, type Peer, type Surroundings } from './peer.js';
import type { ReadingDto } from './reading.js';

const PREFETCH = 1_000;
const BATCH_WAIT_MS = 5;
/** Transactions under way at a time. */
const BATCHES_MAX = 2;
/** How long a batch is kept back after the database refused it. */
const RETRY_MS = 500;

const QUEUE_OPTIONS = { durable: true, arguments: { 'x-queue-type': 'quorum' } };
const NAME = { type: 'string', minLength: 1, maxLength: 64 };
const READING = {
  type: 'object',
  additionalProperties: false,
  required: ['deviceId', 'metric', 'value', 'observedAt'],
  properties: {
    deviceId: NAME,
    metric: NAME,
    value: { type: 'number' },
    observedAt: { type: 'string', format: 'date-time' },
  },
};
const ACCEPTED = { type: 'object', properties: { id: { type: 'string' } } };

const INSERT = `
  WITH fresh AS (
    INSERT INTO inbox (id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING id
  )
  INSERT INTO readings (command_id, device_id, metric, value, observed_at)
  SELECT given.* FROM unnest($1::uuid[], $2::text[], $3::text[], $4::float8[], $5::timestamptz[])
    AS given (id, device_id, metric, value, observed_at) JOIN fresh USING (id)`;

/** What a good engineer writes by hand for this one table: no framework, no retries, no outcomes, nothing to spare. */
export const peer: Peer = referenceOver([QUEUE]);

/** The same over several queues, of which each device has one; all are consumed on one channel. */
export function referenceOver(queues: readonly string[]): Peer {
  return { gateway: (given) => serve(given, queues), consumer: (given) => consume(given, queues) };
}

async function serve({ port, rabbitmqUrl }: Surroundings, queues: readonly string[]): Promise<void> {
  const connection = await connect(rabbitmqUrl);
  const channel = await connection.createConfirmChannel();
  for (const queue of queues) await channel.assertQueue(queue, QUEUE_OPTIONS);
  const publish = (reading: ReadingDto): Promise<string> => {
    const messageId = randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const queue = queues.length === 1 ? queues[0]! : queues[crc32(reading.deviceId) % queues.length]!;
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(reading)), { persistent: true, messageId }, (error) =>
      error ? reject(error as Error) : resolve(messageId),
    );
    return promise;
  };
  const app = fastify();
  const schema = { body: READING, response: { 202: ACCEPTED } };
  app.post<{ Body: ReadingDto }>('/readings', { schema }, (request, reply) =>
    publish(request.body).then((id) => reply.code(202).send({ id })),
  );
  // Only by which the bench lets a backlog grow, as with the product's; nothing is measured of it.
  const many = { body: { type: 'array', items: READING }, response: { 202: { type: 'array', items: ACCEPTED } } };
  app.post<{ Body: ReadingDto[] }>('/readings/batch', { schema: many }, (request, reply) =>
    Promise.all(request.body.map(publish)).then((ids) => reply.code(202).send(ids.map((id) => ({ id })))),
  );
  await app.listen({ port, host: '127.0.0.1' });
}

async function consume({ rabbitmqUrl, databaseUrl }: Surroundings, queues: readonly string[]): Promise<void> {
  const pool = new Pool({ connectionString: databaseUrl, max: BATCHES_MAX });
  pool.on('error', (error) => console.error(error.message));
  const connection = await connect(rabbitmqUrl);
  const channel = await connection.createChannel();
  await channel.prefetch(PREFETCH);
  const batches = new Batches(pool, channel);
  for (const queue of queues) {
    await channel.assertQueue(queue, QUEUE_OPTIONS);
    await channel.consume(queue, (message) => message && batches.add(message));
  }
}

/** Collects deliveries, writes them in one statement, and acknowledges each batch at once, in order. */
class Batches {
  #waiting: ConsumeMessage[] = [];
  #timer: NodeJS.Timeout | undefined;
  #settled: Promise<void> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    private readonly channel: Channel,
  ) {}

  add(message: ConsumeMessage): void {
    this.#waiting.push(message);
    if (this.#waiting.length >= BATCH_MAX) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), BATCH_WAIT_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting;
    this.#waiting = [];
    const written = this.#write(batch);
    // A multiple acknowledgement speaks for all earlier deliveries too.
    this.#settled = this.#settled.then(async () => {
      await written;
      const last = batch.at(-1);
      if (last) this.channel.ack(last, true);
    });
  }

  async #write(batch: readonly ConsumeMessage[]): Promise<void> {
    const readings = batch.map(({ content }) => JSON.parse(content.toString()) as ReadingDto);
    const columns = [
      batch.map(({ properties }) => properties.messageId as string),
      readings.map(({ deviceId }) => deviceId),
      readings.map(({ metric }) => metric),
      readings.map(({ value }) => value),
      readings.map(({ observedAt }) => observedAt),
    ];
    for (;;) {
      try {
        await this.pool.query({ name: 'insert-readings', text: INSERT, values: columns });
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
