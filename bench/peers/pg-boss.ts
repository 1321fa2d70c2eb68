import { PgBoss } from 'pg-boss';
import { listenWithNest, type Intake } from './nest-gateway.js';
import { BATCH_MAX, QUEUE, type Peer, type Surroundings } from './peer.js';
import type { Command } from './reading.js';
import { insertReadings, openTable } from './table.js';

/** The shortest that it takes. */
const POLLING_SECONDS = 0.5;

/** pg-boss: the queue is a table of the same database, read in batches. */
export const peer: Peer = {
  gateway: async ({ port, databaseUrl }: Surroundings) => {
    const boss = await startBoss(databaseUrl);
    class TableIntake implements Intake {
      take(command: Command): Promise<unknown> {
        return boss.send(QUEUE, command);
      }
    }
    await listenWithNest(port, [], TableIntake);
  },

  consumer: async ({ databaseUrl }: Surroundings) => {
    const [boss, table] = await Promise.all([startBoss(databaseUrl), openTable(databaseUrl)]);
    const options = { batchSize: BATCH_MAX, pollingIntervalSeconds: POLLING_SECONDS };
    await boss.work<Command>(QUEUE, options, (jobs) =>
      insertReadings(
        table,
        jobs.map(({ data }) => data),
      ),
    );
  },
};

async function startBoss(databaseUrl: string): Promise<PgBoss> {
  const boss = new PgBoss(databaseUrl);
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue(QUEUE);
  return boss;
}
