import { ListReadings, type AnswerOf, type PayloadOf } from '#contracts';
import type { EntityManager } from 'typeorm';

import { Answers, type Responder } from '../handling/decorators.js';
import { instantText } from '../requests/instant.js';
import { RequestDatabase } from '../requests/request-database.js';
import { Reading } from './reading.js';

type Filter = PayloadOf<typeof ListReadings>;
type Page = AnswerOf<typeof ListReadings>;

@Answers(ListReadings)
export class ListReadingsResponder implements Responder<typeof ListReadings> {
  constructor(private readonly database: RequestDatabase) {}

  async answer(filter: Filter): Promise<Page> {
    const readings = await this.database.read((manager) => newest(manager, filter));
    return {
      readings: readings.map((reading) => ({ ...reading, observedAt: withoutTrailingZeros(reading.observedAt) })),
    };
  }
}

function newest(manager: EntityManager, { deviceId, metric, from, to, limit }: Filter): Promise<Page['readings']> {
  const page = manager
    .createQueryBuilder(Reading, 'r')
    .select('r.deviceId', 'deviceId')
    .addSelect('r.metric', 'metric')
    .addSelect('r.value', 'value')
    .addSelect(instantText('r.observedAt'), 'observedAt')
    .where('r.deviceId = :deviceId', { deviceId })
    .orderBy('r.observedAt', 'DESC')
    .addOrderBy('r.commandId', 'DESC')
    .limit(limit);
  if (metric !== undefined) page.andWhere('r.metric = :metric', { metric });
  if (from !== undefined) page.andWhere('r.observedAt >= CAST(:from AS timestamptz)', { from });
  if (to !== undefined) page.andWhere('r.observedAt < CAST(:to AS timestamptz)', { to });
  return page.getRawMany();
}

/** `09:30:00.500000Z` is `09:30:00.5Z`, and `09:30:00.000000Z` is `09:30:00Z`. */
function withoutTrailingZeros(instant: string): string {
  return instant.replace(/\.?0+Z$/, 'Z');
}
