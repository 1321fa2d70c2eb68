import { writeSync } from 'node:fs';
import { DEADLINE_MS, envelope, FaultyTransport, spoolOptions } from './failover.fixture.js';
import { FailoverTransport } from './failover-transport.js';

/** A gateway whose broker is away: it tells each id that was accepted, by a synchronous write, until it is killed. */
const [directory = '', keys = '1'] = process.argv.slice(2);
const STDOUT = 1;
const behind = new FaultyTransport();
behind.broker.stop();
const transport = new FailoverTransport(behind, spoolOptions(directory));
await transport.open();

async function publishForEver(key: string): Promise<void> {
  for (let n = 0; ; n++) {
    await transport.publish(envelope(`${key}/${n}`, key), DEADLINE_MS);
    writeSync(STDOUT, `${key}/${n}\n`);
  }
}

for (let n = 0; n < Number(keys); n++) void publishForEver(`key${n}`);
