import type { Sizes } from '../options.js';
import type { System } from '../systems/system.js';

/**
 * Which systems a round measures, one after the other. Ours and the reference go there in one round and back in the next, so
 * that neither is always the later one on a machine that is getting slower or faster.
 */
export function orderOf(round: number, systems: readonly System[], { peerRounds }: Pick<Sizes, 'peerRounds'>) {
  const compared = systems.filter(({ kind }) => kind !== 'peer');
  const peers = round <= peerRounds ? systems.filter(({ kind }) => kind === 'peer') : [];
  return [...(round % 2 === 0 ? compared.toReversed() : compared), ...peers];
}
