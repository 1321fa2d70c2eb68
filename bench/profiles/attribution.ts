import { placeOf, type Frame, type Stack } from './cpu-profile.js';
import { NOT_ATTRIBUTED, RANKS, type PhaseRule } from './phases.js';

/** Which phase pays for a stack. */
export function phaseOf(frames: readonly Frame[]): string {
  for (const rules of RANKS) {
    for (const frame of frames.toReversed()) {
      const rule = rules.find((one) => knows(one, frame));
      if (rule) return rule.phase;
    }
  }
  return NOT_ATTRIBUTED;
}

/** The share of each phase in the time of all stacks, the largest first. */
export function sharesOf(stacks: readonly Stack[]): Map<string, number> {
  const all = stacks.reduce((sum, { us }) => sum + us, 0);
  const byPhase = new Map<string, number>();
  for (const { frames, us } of stacks) {
    const phase = phaseOf(frames);
    byPhase.set(phase, (byPhase.get(phase) ?? 0) + us / all);
  }
  return new Map([...byPhase].toSorted((a, b) => b[1] - a[1]));
}

function knows({ place, name }: PhaseRule, frame: Frame): boolean {
  return place.test(placeOf(frame)) && (name?.test(frame.functionName.split('.').at(-1) ?? '') ?? true);
}
