import { ErrorCode } from './protocol.js';

/**
 * What a broker's answer says of a batch: it has it; it is to be sent again, and the broker has never had it (`again`) or may
 * have it (`again-unsure`), or only under another producer (`renumber`); or it never will have it, for one of the reasons.
 */
export type Verdict =
  'stored' | 'again' | 'again-unsure' | 'renumber' | 'no-topic' | 'too-large' | 'short' | 'forbidden' | 'refused';

const VERDICTS: Readonly<Record<number, Verdict>> = {
  [ErrorCode.none]: 'stored',
  // It has this batch among the last of this producer.
  [ErrorCode.duplicateSequence]: 'stored',
  [ErrorCode.unknownTopic]: 'no-topic',
  [ErrorCode.leaderNotAvailable]: 'again',
  [ErrorCode.fencedLeaderEpoch]: 'again',
  // Also of a leader that was replaced while it waited for the others.
  [ErrorCode.notLeader]: 'again-unsure',
  [ErrorCode.timedOut]: 'again-unsure',
  [ErrorCode.notEnoughReplicasAfterAppend]: 'again-unsure',
  [ErrorCode.notEnoughReplicas]: 'short',
  [ErrorCode.messageTooLarge]: 'too-large',
  [ErrorCode.recordListTooLarge]: 'too-large',
  [ErrorCode.topicAuthorizationFailed]: 'forbidden',
  [ErrorCode.clusterAuthorizationFailed]: 'forbidden',
  [ErrorCode.outOfOrderSequence]: 'renumber',
  [ErrorCode.unknownProducer]: 'renumber',
  [ErrorCode.invalidProducerEpoch]: 'renumber',
  // INVALID_TOPIC_EXCEPTION, INVALID_TIMESTAMP, POLICY_VIOLATION, UNSUPPORTED_COMPRESSION_TYPE, INVALID_RECORD.
  17: 'refused',
  32: 'refused',
  44: 'refused',
  76: 'refused',
  87: 'refused',
};

/** Of a code that is not known here nobody can say that nothing was stored. */
export function verdictOf(code: number): Verdict {
  return VERDICTS[code] ?? 'again-unsure';
}
