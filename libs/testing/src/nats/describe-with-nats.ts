import { describeWith } from '../process/describe-with.js';
import { findNats } from './installation.js';

/** Registers the suite where a NATS can be had. Elsewhere its one test tells why nothing was tried; in CI that fails. */
export function describeWithNats(name: string, suite: () => void): Promise<void> {
  return describeWith(findNats, name, suite);
}
