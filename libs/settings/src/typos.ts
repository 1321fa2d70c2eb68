/** A sentence for each variable that no setting has and that is spelt almost like one. */
export function likelyTypos(
  known: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
  place: string,
): string[] {
  const names = new Set(known);
  return Object.keys(variables).flatMap((name) => {
    if (names.has(name)) return [];
    const meant = known.find((candidate) => variables[candidate] === undefined && isNear(name, candidate));
    return meant === undefined ? [] : [`${name} (from ${place}) is no setting and is not used. Did you mean ${meant}?`];
  });
}

/** One slip, or two in a longer name: in four letters two slips make another word, HOST of PORT. */
function isNear(name: string, candidate: string): boolean {
  const slipsMax = candidate.length < 8 ? 1 : 2;
  return Math.abs(name.length - candidate.length) <= slipsMax && editDistance(name, candidate) <= slipsMax;
}

/** Letters inserted, left out, replaced, or swapped with their neighbour. */
function editDistance(first: string, second: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: second.length + 1 }, (_, column) => column);
  for (let row = 1; row <= first.length; row++) {
    const current = [row];
    for (let column = 1; column <= second.length; column++) {
      const same = first[row - 1] === second[column - 1];
      const swapped = row > 1 && first[row - 1] === second[column - 2] && first[row - 2] === second[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[second.length] ?? 0;
}
