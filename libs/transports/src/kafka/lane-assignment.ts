/** What a member says that it has. */
export interface Claim {
  readonly member: string;
  readonly owned: readonly number[];
  /** Since when: of two that claim the same lane, the later one has it. */
  readonly generation: number;
}

/**
 * The lanes that each member is to have: as even as can be, with as few moves as can be. A lane that is to move is given to
 * nobody as long as its owner still has it: when the owner has given it back, all join again.
 */
export function assignLanes(lanes: number, claims: readonly Claim[]): Map<string, number[]> {
  const owners = ownersOf(lanes, claims);
  const kept = new Map<string, number[]>(claims.map(({ member }) => [member, []]));
  for (const [lane, owner] of owners) kept.get(owner)!.push(lane);
  // Who has the most keeps the odd ones, so that none moves for the sake of evenness alone.
  const members = [...kept.keys()].sort(
    (one, other) => kept.get(other)!.length - kept.get(one)!.length || (one < other ? -1 : 1),
  );
  const least = Math.floor(lanes / members.length);
  const odd = lanes % members.length;
  const shares = new Map(members.map((member, place) => [member, least + (place < odd ? 1 : 0)]));
  for (const [member, owned] of kept) owned.splice(shares.get(member)!);
  const free = Array.from({ length: lanes }, (_, lane) => lane).filter((lane) => !owners.has(lane));
  for (const member of members) {
    const owned = kept.get(member)!;
    owned.push(...free.splice(0, shares.get(member)! - owned.length));
  }
  return kept;
}

function ownersOf(lanes: number, claims: readonly Claim[]): Map<number, string> {
  const owners = new Map<number, string>();
  const earliestFirst = [...claims].sort((one, other) => one.generation - other.generation);
  for (const { member, owned } of earliestFirst) {
    for (const lane of owned) if (lane < lanes) owners.set(lane, member);
  }
  return owners;
}
