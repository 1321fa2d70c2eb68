import { commandsConfig, faultOf, inSyncNeeded, isOnOneDisk } from './topic-config.js';

const configWith = (replicas: number, changes: Readonly<Record<string, string>> = {}) =>
  new Map(Object.entries({ ...commandsConfig(replicas), ...changes }));

describe('The settings of the topic of commands', () => {
  test.each([1, 2, 3, 5])('are those that are asked for where the transport makes it, with %i replicas', (replicas) => {
    expect(faultOf(configWith(replicas), replicas)).toBeUndefined();
  });

  test.each([
    ['cleanup.policy', 'compact', 'cleanup.policy=delete'],
    ['cleanup.policy', 'compact,delete', 'cleanup.policy=delete'],
    ['retention.ms', '604800000', 'retention.ms=-1'],
    ['retention.bytes', '1073741824', 'retention.bytes=-1'],
    ['max.message.bytes', '1048588', 'max.message.bytes=5242880'],
    ['unclean.leader.election.enable', 'true', 'unclean.leader.election.enable=false'],
    ['min.insync.replicas', '1', 'min.insync.replicas=2'],
  ])('are refused with %s=%s, and the fault says what to set', (name, value, set) => {
    expect(faultOf(configWith(3, { [name]: value }), 3)).toMatchObject({ is: `${name}=${value}`, set });
  });

  test('are refused where one disk has a command, and is not written before the answer', () => {
    const never = { 'flush.messages': '9223372036854775807' };
    expect(faultOf(configWith(1, never), 1)).toMatchObject({ set: 'flush.messages=1' });
    expect(faultOf(configWith(3, never), 3)).toBeUndefined();
  });

  test('want a majority in sync, or a disk where there is none', () => {
    expect([1, 2, 3, 4, 5].map(inSyncNeeded)).toEqual([1, 1, 2, 3, 3]);
    expect([1, 2, 3].map(isOnOneDisk)).toEqual([true, true, false]);
  });
});
