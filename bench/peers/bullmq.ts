import { Queue, Worker } from 'bullmq';
import { listenWithNest, type Intake } from './nest-gateway.js';
import { QUEUE, type Peer, type Surroundings } from './peer.js';
import type { Command } from './reading.js';
import { insertReadings, openTable } from './table.js';

/** Jobs of one worker that run at a time; its documentation counts 100 to 300 as usual for work that waits. */
const CONCURRENCY = 100;
/** Its documentation keeps finished jobs out of Redis so, and tries a failed one again. */
const JOB = { removeOnComplete: true, attempts: 5, backoff: { type: 'exponential', delay: 500 } };

/** BullMQ on a Redis that writes every command to disk before it answers. */
export const peer: Peer = {
  gateway: async ({ port, redisUrl }: Surroundings) => {
    const queue = new Queue<Command>(QUEUE, { connection: { url: redisUrl }, defaultJobOptions: JOB });
    await queue.waitUntilReady();
    class QueueIntake implements Intake {
      take(command: Command): Promise<unknown> {
        return queue.add('record', command, { jobId: command.commandId });
      }
    }
    await listenWithNest(port, [], QueueIntake);
  },

  consumer: async ({ redisUrl, databaseUrl }: Surroundings) => {
    const table = await openTable(databaseUrl);
    const worker = new Worker<Command>(QUEUE, ({ data }) => insertReadings(table, [data]), {
      connection: { url: redisUrl },
      concurrency: CONCURRENCY,
    });
    worker.on('error', (error) => console.error(error));
    await worker.waitUntilReady();
  },
};
