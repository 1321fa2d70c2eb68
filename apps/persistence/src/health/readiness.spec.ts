import { MemoryBroker, MemoryTransport } from '#testing';

import type { Persistence } from '../persistence.js';
import type { RequestDatabase } from '../requests/request-database.js';
import type { Reconciliation } from '../reconciliation/reconciliation.js';
import { Readiness } from './readiness.js';

test('the transport that is being left is told of, and being away it does not make the process unready', async () => {
  const [transport, drained] = [new MemoryTransport(new MemoryBroker(1)), new MemoryTransport(new MemoryBroker(1))];
  await transport.open();
  const persistence = { phase: 'applying', migrated: true } as Persistence;
  const requests = { read: async () => [] } as unknown as RequestDatabase;
  const reconciliation = { read: async () => Promise.reject(new Error('Unread.')) } as unknown as Reconciliation;
  const readiness = (left: MemoryTransport | null) =>
    new Readiness(persistence, requests, reconciliation, transport, left);
  const report = await readiness(drained).report();
  expect(report).toMatchObject({ status: 'ready', drained: { name: 'memory', status: 'down' } });
  expect(await readiness(null).report()).not.toHaveProperty('drained');
  await transport.close(0);
});
