import type { MavenSet } from '../maven/maven-set.js';
import { describeWith } from '../process/describe-with.js';
import { findKafka } from './kafka-server.js';

/** Registers the suite where a Kafka can be had. Elsewhere its one test tells why nothing was tried; in CI that fails. */
export function describeWithKafka(name: string, suite: () => void, release?: MavenSet): Promise<void> {
  return describeWith(() => findKafka(release), name, suite);
}
