import type { Link } from './link.js';
import { ErrorCode, errorName, offsetFetch } from './protocol.js';

/** What the group has committed of each of the partitions; those of which it has nothing are left out. */
export async function committedOffsets(
  coordinator: Link,
  group: string,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, bigint>> {
  const asked = {
    groupId: group,
    memberId: null,
    memberEpoch: -1,
    topics: [{ name: topic, partitionIndexes: [...partitions] }],
  };
  const answer = await coordinator.ask(offsetFetch, [[asked], false]);
  const found = answer.groups[0];
  const failed = found?.errorCode || found?.topics[0]?.partitions.find(({ errorCode }) => errorCode !== 0)?.errorCode;
  if (!found || (failed ?? ErrorCode.none) !== ErrorCode.none) {
    throw new Error(`what ${group} has committed is not known: ${errorName(failed ?? ErrorCode.none)}`);
  }
  const offsets = new Map<number, bigint>();
  for (const { partitionIndex, committedOffset } of found.topics[0]?.partitions ?? []) {
    if (committedOffset >= 0n) offsets.set(partitionIndex, committedOffset);
  }
  return offsets;
}
