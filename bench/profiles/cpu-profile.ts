import type { Window } from '../scenarios/scenario.js';

/** A function, where it stands. Native ones have no `url`; what V8 does by itself has a name in brackets. */
export interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** What `node --cpu-prof` writes for one thread; times are microseconds of the machine's steady clock. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame; readonly children?: readonly number[] }[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The functions that were under way, from the outermost to the innermost, and for how long. */
export interface Stack {
  readonly frames: readonly Frame[];
  readonly us: number;
}

const ROOT = '(root)';
const IDLE = '(idle)';

/** What the thread did in that window, each stack once; waiting is left out. */
export function stacksIn(profile: CpuProfile, { fromUs, toUs }: Window): Stack[] {
  const usByNode = new Map<number, number>();
  let atUs = profile.startTime;
  profile.samples.forEach((id, index) => {
    const us = profile.timeDeltas[index] ?? 0;
    atUs += us;
    if (atUs >= fromUs && atUs <= toUs) usByNode.set(id, (usByNode.get(id) ?? 0) + us);
  });
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const framesOf = (id: number) => {
    const frames: Frame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = nodes.get(at)?.callFrame;
      if (frame && frame.functionName !== ROOT) frames.push(frame);
    }
    return frames.toReversed();
  };
  return [...usByNode]
    .map(([id, us]) => ({ frames: framesOf(id), us }))
    .filter(({ frames }) => frames.length > 0 && frames.at(-1)?.functionName !== IDLE);
}

/** Where a function stands, without the way to the tree: `apps/…`, a package, `node:…`; empty for native ones. */
export function placeOf({ url }: Frame): string {
  return url.replace(url.includes('/node_modules/') ? /^.*\/node_modules\// : /^.*\/dist\//, '');
}

export type Owner = 'ours' | 'package' | 'node' | 'engine';

export function ownerOf({ url }: Frame): Owner {
  if (url === '' || url.startsWith('wasm:')) return 'engine';
  if (url.startsWith('node:')) return 'node';
  return url.includes('/node_modules/') ? 'package' : 'ours';
}
