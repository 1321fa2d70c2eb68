import { z } from 'zod';
import { defineCommand, type PayloadOf } from '../definition/command.js';
import { defineQuery } from '../definition/request.js';
import { exponentialBackoff } from '../definition/retry-policy.js';
import { relaxedStream } from '../definition/stream.js';

const deviceId = z.string().min(1).max(64);
const metric = z.string().min(1).max(64);
/** RFC 3339 with an offset, of which PostgreSQL keeps microseconds; it knows no year 0 and no offset of 16 hours. */
const instant = z.iso
  .datetime({ offset: true })
  .refine((text) => !text.startsWith('0000') && !/[+-](1[6-9]|2\d):\d\d$/.test(text), {
    error: 'No instant: the year 0000, or an offset of 16 hours or more.',
  });

const reading = z.strictObject({ deviceId, metric, value: z.number(), observedAt: instant }).meta({
  id: 'Reading',
  examples: [{ deviceId: 'boiler-7', metric: 'celsius', value: 71.5, observedAt: '2026-11-22T09:30:00Z' }],
});

/** Record one measurement of a device. High volume: its handler takes whole batches, and a failing one lets the next pass. */
export const RecordReading = defineCommand({
  type: 'readings.record.v1',
  summary: 'Record a reading',
  payload: reading,
  stream: relaxedStream('device'),
  key: (value) => value.deviceId,
  retry: exponentialBackoff({ attemptsMax: 5, initialMs: 500, delayMsMax: 60_000 }),
});
export type RecordReading = PayloadOf<typeof RecordReading>;

/** Readings of a device, newest first. */
export const ListReadings = defineQuery({
  type: 'readings.list.v1',
  summary: 'List readings of a device, newest first',
  payload: z.strictObject({
    deviceId,
    metric: metric.optional(),
    from: instant.optional(),
    to: instant.optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  answer: z.strictObject({ readings: z.array(reading) }).meta({ id: 'ReadingPage' }),
});
