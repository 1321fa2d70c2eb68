import { blockOf, type RunnableEntry } from './entry.js';
import type { Binding } from './handler-registry.js';

/** Commands of one contract that are handed to their handler together. */
export interface Group {
  readonly binding: Binding;
  readonly entries: RunnableEntry[];
}

/**
 * Cuts a batch into waves: a strict key occurs once in each, so that its second command sees what its first has written, and the
 * commands of a contract in a wave are one group.
 */
export function wavesOf(entries: readonly RunnableEntry[]): Group[][] {
  const seen = new Map<string, number>();
  const waves: Map<Binding, Group>[] = [];
  for (const entry of entries) {
    const block = entry.strict ? blockOf(entry) : undefined;
    const index = block === undefined ? 0 : (seen.get(block) ?? 0);
    if (block !== undefined) seen.set(block, index + 1);
    const { binding } = entry.runnable;
    const wave = (waves[index] ??= new Map<Binding, Group>());
    const group = wave.get(binding);
    if (group) group.entries.push(entry);
    else wave.set(binding, { binding, entries: [entry] });
  }
  return waves.map((wave) => [...wave.values()]);
}
