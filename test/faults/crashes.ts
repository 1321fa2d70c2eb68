import type { AppProcess } from '#testing';

/** Whatever a test breaks around it, a process of ours ends in order or by a signal; one that is started again hides it otherwise. */
export function refuseCrashes(processes: readonly AppProcess[]): void {
  const [crash] = processes.flatMap(({ crashes }) => crashes);
  if (crash !== undefined) throw new Error(`A process of the product ended by a fault of its own:\n${crash}`);
}
