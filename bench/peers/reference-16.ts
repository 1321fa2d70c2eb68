import { QUEUE } from './peer.js';
import { referenceOver } from './reference.js';

/** As many queues as Sluice has lanes by default: what the broker takes for them, whoever uses it. */
const QUEUES = 16;

export const peer = referenceOver(Array.from({ length: QUEUES }, (_, index) => `${QUEUE}-${index}`));
