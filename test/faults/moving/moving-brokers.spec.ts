import { randomUUID } from 'node:crypto';
import { describeWith, findArtemis, findKafka, sharedActiveMq, sharedKafka } from '#testing';
import { Logger } from '@nestjs/common';
import { FAULTLESS, followRoute, movesOf, ROUTE_MS_MAX, type Route } from './route.js';

Logger.overrideLogger(['error', 'fatal']);

async function find(): Promise<unknown> {
  const kafka = await findKafka();
  return typeof kafka === 'string' ? kafka : findArtemis();
}

await describeWith(find, 'an installation moves from one broker to another under load', () => {
  const routes: readonly Route[] = [
    ['rabbitmq', 'kafka', 'rabbitmq'],
    ['kafka', 'activemq'],
  ];
  test.each(routes.map((route) => ({ route, name: route.join(' to ') })))(
    '$name: nothing is lost, doubled or reordered',
    async ({ route }) => {
      const prefix = `moving-${randomUUID()}`;
      const outcome = await followRoute(route, {
        KAFKA_BROKERS: await sharedKafka(),
        KAFKA_PREFIX: prefix,
        ACTIVEMQ_URLS: await sharedActiveMq(),
        ACTIVEMQ_PREFIX: prefix,
      });
      expect(outcome).toMatchObject({ ...FAULTLESS, moves: movesOf(route) });
      expect(outcome.accepted).toBeGreaterThan(0);
    },
    ROUTE_MS_MAX,
  );
});
