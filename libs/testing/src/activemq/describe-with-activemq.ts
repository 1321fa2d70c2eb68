import type { MavenSet } from '../maven/maven-set.js';
import { describeWith } from '../process/describe-with.js';
import { findArtemis } from './artemis-server.js';
import { findClassic } from './classic-server.js';

/** Registers the suite where an Artemis can be had. Elsewhere its one test tells why nothing was tried; in CI that fails. */
export function describeWithArtemis(name: string, suite: () => void): Promise<void> {
  return describeWith(findArtemis, name, suite);
}

/** Registers the suite where an ActiveMQ Classic can be had. Elsewhere its one test tells why nothing was tried; in CI that fails. */
export function describeWithClassic(name: string, suite: () => void, release?: MavenSet): Promise<void> {
  return describeWith(() => findClassic(release), name, suite);
}
