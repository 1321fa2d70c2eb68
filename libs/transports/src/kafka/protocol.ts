import {
  apiVersionsV3,
  consumerGroupHeartbeatV1,
  createTopicsV7,
  deleteRecordsV2,
  describeConfigsV4,
  fetchV12,
  findCoordinatorV4,
  heartbeatV4,
  initProducerIdV4,
  joinGroupV9,
  leaveGroupV5,
  listOffsetsV7,
  metadataV12,
  offsetCommitV9,
  offsetFetchV9,
  produceV9,
  protocolErrorsCodesById,
  syncGroupV5,
} from '@platformatic/kafka';

/** The requests that are made, each in one version, which every broker from 3.9 to 4.3 takes. */
export const apiVersions = apiVersionsV3.api;
export const consumerGroupHeartbeat = consumerGroupHeartbeatV1.api;
export const createTopics = createTopicsV7.api;
export const deleteRecords = deleteRecordsV2.api;
export const describeConfigs = describeConfigsV4.api;
export const fetch = fetchV12.api;
export const findCoordinator = findCoordinatorV4.api;
export const heartbeat = heartbeatV4.api;
export const initProducerId = initProducerIdV4.api;
export const joinGroup = joinGroupV9.api;
export const leaveGroup = leaveGroupV5.api;
export const listOffsets = listOffsetsV7.api;
export const metadata = metadataV12.api;
export const offsetCommit = offsetCommitV9.api;
export const offsetFetch = offsetFetchV9.api;
export const produce = produceV9.api;
export const syncGroup = syncGroupV5.api;

/** What a broker must take for the transport to work, whichever group protocol is chosen. */
export const NEEDED = [
  createTopics,
  describeConfigs,
  fetch,
  findCoordinator,
  heartbeat,
  initProducerId,
  joinGroup,
  leaveGroup,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  produce,
  syncGroup,
];

/** The name of an error code, as Kafka's documents have it. */
export function errorName(code: number): string {
  return protocolErrorsCodesById[code] ?? `error ${code}`;
}

/** Codes that are acted on, by their names. */
export const ErrorCode = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopic: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  timedOut: 7,
  messageTooLarge: 10,
  coordinatorLoading: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  recordListTooLarge: 18,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
  clusterAuthorizationFailed: 31,
  unsupportedVersion: 35,
  topicExists: 36,
  invalidReplicationFactor: 38,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  unknownProducer: 59,
  fencedLeaderEpoch: 74,
  memberIdRequired: 79,
  fencedMemberEpoch: 110,
  staleMemberEpoch: 113,
} as const;

/** Of FindCoordinator: the coordinator of a consumer group. */
export const GROUP_KEY = 0;
/** Only what committed transactions of others wrote. */
export const READ_COMMITTED = 1;
/** Of ListOffsets: no time, but an end of the log. */
export const LATEST = -1n;
export const EARLIEST = -2n;
/** Of a partition that has none. */
export const NO_LEADER = -1;
/** The epoch of a fetch that stands alone, outside of any session. */
export const NO_SESSION = -1;
/** Of a produce request: every replica in sync has it. */
export const ACKS_ALL = -1;
export const ACKS_LEADER = 1;
/** Of DescribeConfigs. */
export const TOPIC_RESOURCE = 2;
