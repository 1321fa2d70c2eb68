import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TOP = 20;
const MICROSECONDS_PER_SECOND = 1_000_000;
/** What a process does before that is its start and its warm-up. */
const SKIPPED_SECONDS = 4;

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Prints where the processes of a run under `--profile` spent their time: by package, and by function. */
export function printProfiles(profileDir: string): void {
  for (const app of readdirSync(profileDir)) {
    const newest = readdirSync(join(profileDir, app)).toSorted().at(-1);
    if (!newest) continue;
    const profile = JSON.parse(readFileSync(join(profileDir, app, newest), 'utf8')) as Profile;
    console.log(`${app}: share of the time in which it was not idle, behind its first ${SKIPPED_SECONDS} s`);
    printShares(sharesOf(profile, packageOf));
    printShares(
      sharesOf(
        profile,
        ({ functionName, url, lineNumber }) => `${functionName || '(anonymous)'} ${shortened(url)}:${lineNumber + 1}`,
      ),
    );
  }
}

function sharesOf({ nodes, samples, timeDeltas }: Profile, nameOf: (frame: Frame) => string): [string, number][] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id));
  const sums = new Map<string, number>();
  let at = 0;
  let busy = 0;
  samples.forEach((id, index) => {
    const delta = timeDeltas[index] ?? 0;
    at += delta;
    if (at < SKIPPED_SECONDS * MICROSECONDS_PER_SECOND || idle.has(id)) return;
    busy += delta;
    const name = names.get(id) ?? '';
    sums.set(name, (sums.get(name) ?? 0) + delta);
  });
  return [...sums].map(([name, sum]): [string, number] => [name, sum / busy]).toSorted((a, b) => b[1] - a[1]);
}

function packageOf({ functionName, url }: Frame): string {
  const inPackages = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (inPackages) return inPackages;
  if (url.startsWith('node:'))
    return `node: ${url.split('/')[0]?.slice('node:'.length) === 'internal' ? url.slice('node:internal/'.length).split('/')[0] : url.slice('node:'.length)}`;
  if (url === '') return functionName.startsWith('(') ? functionName : 'native code';
  return /dist\/((?:apps|libs)\/[^/]+\/src(?:\/[^/]+(?=\/))?)/.exec(url)?.[1] ?? shortened(url);
}

function shortened(url: string): string {
  return url.replace(/^.*\/(?:node_modules|dist)\//, '');
}

function printShares(shares: readonly [string, number][]): void {
  for (const [name, share] of shares.slice(0, TOP)) console.log(`${(share * 100).toFixed(1).padStart(6)} %  ${name}`);
  console.log();
}
