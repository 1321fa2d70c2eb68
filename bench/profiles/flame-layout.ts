import { ownerOf, placeOf, type Owner, type Stack } from './cpu-profile.js';

/** One box of a flame graph: `from` and `width` as shares of all time. */
export interface Box {
  readonly name: string;
  readonly place: string;
  readonly owner: Owner;
  /** 0 is the outermost. */
  readonly depth: number;
  readonly from: number;
  readonly width: number;
}

interface Branch {
  readonly name: string;
  readonly place: string;
  readonly owner: Owner;
  us: number;
  readonly callees: Map<string, Branch>;
}

/** Boxes of all functions that took at least that share of the time with what they called; callees lie within their caller. */
export function layOut(stacks: readonly Stack[], shareMin: number): Box[] {
  const root: Branch = { name: '', place: '', owner: 'engine', us: 0, callees: new Map() };
  for (const stack of stacks) enter(root, stack);
  const boxes: Box[] = [];
  place(root, { depth: -1, from: 0 }, { all: root.us, shareMin }, boxes);
  return boxes;
}

function enter(root: Branch, { frames, us }: Stack): void {
  root.us += us;
  let at = root;
  for (const frame of frames) {
    const name = frame.functionName || '(anonymous)';
    const where = placeOf(frame);
    const key = `${name} ${where}`;
    let callee = at.callees.get(key);
    if (!callee) {
      callee = { name, place: where, owner: ownerOf(frame), us: 0, callees: new Map() };
      at.callees.set(key, callee);
    }
    callee.us += us;
    at = callee;
  }
}

function place(
  branch: Branch,
  at: { readonly depth: number; readonly from: number },
  limits: { readonly all: number; readonly shareMin: number },
  boxes: Box[],
): void {
  const width = branch.us / limits.all;
  if (!(width >= limits.shareMin)) return;
  const { name, place: where, owner } = branch;
  if (at.depth >= 0) boxes.push({ name, place: where, owner, depth: at.depth, from: at.from, width });
  let from = at.from;
  for (const callee of [...branch.callees.values()].toSorted((a, b) => b.us - a.us)) {
    place(callee, { depth: at.depth + 1, from }, limits, boxes);
    from += callee.us / limits.all;
  }
}
