import type { HealthState } from '#messaging';
import { failoverHealth } from './failover-health.js';

const up: HealthState = { status: 'up' };
const away: HealthState = { status: 'down', reason: 'The broker is away.' };
const full: HealthState = { status: 'blocked', reason: 'The spool is full.' };

test.each([
  ['both take commands', up, up, { status: 'up' }],
  ['the broker is away', away, up, { status: 'up', reason: expect.stringMatching(/to the spool: The broker is away/) }],
  ['the spool is full', up, full, { status: 'up', reason: expect.stringMatching(/takes no commands: The spool is/) }],
  ['neither does', away, full, { status: 'blocked', reason: expect.stringMatching(/broker is away.* spool is full/) }],
])('tells what operators should know when %s', (_, behind, spool, expected) => {
  expect(failoverHealth({ behind, spool, spooling: false, failure: undefined })).toEqual(expected);
});

test('tells of the spool in use until it is empty, and of what hinders it', () => {
  const spooling = { behind: up, spool: up, spooling: true };
  expect(failoverHealth({ ...spooling, failure: undefined }).reason).toMatch(/until it is empty\.$/);
  expect(failoverHealth({ ...spooling, failure: 'The lane is full.' }).reason).toMatch(/empty\. The lane is full\.$/);
});
