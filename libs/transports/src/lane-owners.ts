import { hash } from 'node:crypto';

/**
 * Which instance owns each lane: the same answer wherever it is asked. Each lane goes to the instance with the highest
 * weight for it (rendezvous hashing) among those that have less than an even share, so that few lanes move when one comes
 * or goes, and all own as many but for one.
 */
export function laneOwners(lanes: number, instances: readonly string[]): (string | undefined)[] {
  const shareMax = Math.ceil(lanes / instances.length);
  const left = new Map(instances.map((instance) => [instance, shareMax]));
  return Array.from({ length: lanes }, (_, lane) => {
    const owner = heaviest(lane, [...left.keys()]);
    if (owner === undefined) return undefined;
    const leftAfter = left.get(owner)! - 1;
    if (leftAfter === 0) left.delete(owner);
    else left.set(owner, leftAfter);
    return owner;
  });
}

function heaviest(lane: number, instances: readonly string[]): string | undefined {
  let owner: string | undefined;
  let most = '';
  for (const instance of instances) {
    const weight = hash('sha1', `${lane}:${instance}`);
    if (weight > most) [owner, most] = [instance, weight];
  }
  return owner;
}
