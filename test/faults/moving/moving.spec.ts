import { Logger } from '@nestjs/common';
import { FAULTLESS, followRoute, movesOf, ROUTE_MS_MAX, type Route } from './route.js';

Logger.overrideLogger(['error', 'fatal']);

describe('an installation moves to another transport under load', () => {
  test(
    'tcp to rabbitmq and back, with persistence killed on the way: nothing is lost, doubled or reordered',
    async () => {
      const route: Route = ['tcp', 'rabbitmq', 'tcp'];
      const outcome = await followRoute(route);
      expect(outcome).toMatchObject({ ...FAULTLESS, moves: movesOf(route) });
      expect(outcome.accepted).toBeGreaterThan(0);
    },
    ROUTE_MS_MAX,
  );
});
