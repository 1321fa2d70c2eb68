import { PublishError } from '#messaging';
import { publishProblem } from './publish-problem.js';

const of = (...[outcome, failure, message, options]: ConstructorParameters<typeof PublishError>) =>
  publishProblem(new PublishError(outcome, failure, message, options), 'the-id', () => 17).details;

test('an unknown outcome carries the operation, which tells when it is known', () => {
  for (const failure of ['timeout', 'interrupted'] as const) {
    expect(of('unknown', failure, 'lost')).toMatchObject({
      status: 503,
      type: '/problems/outcome-unknown',
      extensions: { operation: { id: 'the-id', links: { self: '/operations/the-id' } } },
      headers: { 'retry-after': '5' },
    });
  }
});

test('an overloaded transport says when to come back, or the measured drain does', () => {
  expect(of('not-stored', 'overloaded', 'full', { retryAfterMs: 2_100 })).toMatchObject({
    status: 503,
    type: '/problems/overloaded',
    headers: { 'retry-after': '3' },
  });
  expect(of('not-stored', 'overloaded', 'full').headers).toEqual({ 'retry-after': '17' });
});

test('too large a command is 413, without a word of coming back', () => {
  const details = of('not-stored', 'too-large', '2 MB are too many.');
  expect(details).toMatchObject({ status: 413, type: '/problems/body-too-large' });
  expect(details.headers).toBeUndefined();
});

test.each(['closed', 'unavailable', 'unroutable', 'timeout', 'interrupted'] as const)(
  'not stored because of %s is 503 with Retry-After',
  (failure) => {
    const details = of('not-stored', failure, 'away');
    expect(details).toMatchObject({ status: 503, type: '/problems/transport-unavailable' });
    expect(details.headers).toHaveProperty('retry-after');
    expect(details.extensions).toBeUndefined();
  },
);
