import type { Address } from './address.js';
import { ErrorCode, type metadata } from './protocol.js';

export interface PartitionView {
  /** The broker that takes and gives; `NO_LEADER` where none does. */
  readonly leader: number;
  readonly replicas: readonly number[];
  /** The replicas that have all that was confirmed. */
  readonly inSync: readonly number[];
}

export interface TopicView {
  readonly id: string;
  readonly partitions: readonly PartitionView[];
}

/** The cluster as one of its brokers describes it. */
export interface ClusterView {
  readonly brokers: ReadonlyMap<number, Address>;
  /** Of those that were asked for, the ones that are there. */
  readonly topics: ReadonlyMap<string, TopicView>;
  /** What the broker says of the others, by their names. */
  readonly topicErrors: ReadonlyMap<string, number>;
}

export type MetadataAnswer = Pick<Awaited<ReturnType<typeof metadata.async>>, 'brokers' | 'topics'>;

export function viewOf({ brokers, topics }: MetadataAnswer): ClusterView {
  const there = topics.filter(({ errorCode }) => errorCode === ErrorCode.none);
  const failed = topics.filter(({ errorCode }) => errorCode !== ErrorCode.none);
  return {
    brokers: new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }])),
    topics: new Map(there.map((topic) => [topic.name ?? '', topicOf(topic)])),
    topicErrors: new Map(failed.map(({ name, errorCode }) => [name ?? '', errorCode])),
  };
}

function topicOf({ topicId, partitions }: MetadataAnswer['topics'][number]): TopicView {
  const views: PartitionView[] = [];
  for (const { partitionIndex, leaderId, replicaNodes, isrNodes } of partitions) {
    views[partitionIndex] = { leader: leaderId, replicas: replicaNodes, inSync: isrNodes };
  }
  return { id: topicId, partitions: views };
}
