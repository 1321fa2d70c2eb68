import { type OwnServer, RabbitMqServer } from '#testing';
import { TRANSPORT } from '../product/transport-under-test.js';
import type { Fault, Mend } from './fault.js';

const ALARM_WATERMARK = '0.00001';
const ALARM_DISK_FREE = '1000000GB';
const CALM_DISK_FREE = '1MB';
const CALM_WATERMARK = ['absolute', '2GB'] as const;

/** What happens to the broker in the middle, whichever it is, and what only that of the transport under test can be told. */
export function brokerFaults(): Fault[] {
  return [
    fault('is killed', async (broker) => {
      await broker.crash();
      return () => broker.start();
    }),
    fault('is stopped', async (broker) => {
      await broker.stop();
      return () => broker.start();
    }),
    fault('stands still', async (broker) => {
      broker.freeze();
      return async () => broker.thaw();
    }),
    ...(TRANSPORT === 'rabbitmq' ? alarms() : []),
  ];
}

function alarms(): Fault[] {
  return [
    fault('runs out of disk', async (broker) => {
      await control(broker, 'set_disk_free_limit', ALARM_DISK_FREE);
      return () => control(broker, 'set_disk_free_limit', CALM_DISK_FREE);
    }),
    fault('runs out of memory', async (broker) => {
      await control(broker, 'set_vm_memory_high_watermark', ALARM_WATERMARK);
      return () => control(broker, 'set_vm_memory_high_watermark', ...CALM_WATERMARK);
    }),
  ];
}

async function control(broker: OwnServer, ...command: readonly string[]): Promise<void> {
  if (!(broker instanceof RabbitMqServer)) throw new Error('This broker takes no commands of RabbitMQ.');
  await broker.ctl(...command);
}

function fault(what: string, begin: (broker: OwnServer) => Promise<Mend>): Fault {
  return {
    kind: 'broker',
    name: `broker ${what}`,
    parts: ['broker'],
    begin: ({ broker }) => (broker ? begin(broker) : Promise.reject(new Error('This site has no broker.'))),
  };
}
