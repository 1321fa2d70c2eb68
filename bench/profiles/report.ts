import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../measuring/median.js';
import { namesIn, type Run } from '../report/run.js';
import { markdownOf, printRows } from '../report/table.js';
import { RESULTS, writeBetween } from '../report/write.js';
import type { Sample } from '../scenarios/scenario.js';
import { sharesOf } from './attribution.js';
import { stacksIn, type CpuProfile, type Stack } from './cpu-profile.js';
import { flameGraphOf } from './flame-graph.js';
import { NOT_ATTRIBUTED, OTHER_THREADS } from './phases.js';

const PHASES = { from: '<!-- phases: npm run bench -- --profile --write -->', to: '<!-- end of phases -->' };
const ROLES = ['gateway', 'consumer'] as const;
/** CPU figures are seconds per 10,000 commands. */
const US_PER_FIGURE = 100;
/** Of the file's name, behind the process's number: its main thread. */
const MAIN_THREAD = '0';

type Role = (typeof ROLES)[number];

/** What one process spent on each command of the steady state, by phase, in microseconds. */
interface Spent {
  readonly title: string;
  readonly name: string;
  readonly stacks: readonly Stack[];
  /** Of its main thread. */
  readonly mainUs: number;
  readonly byPhase: ReadonlyMap<string, number>;
}

/** Tells where the processes of a run under `--profile` spent their steady state, and draws it. */
export function reportProfiles(run: Run, profileDir: string, { write }: { readonly write: boolean }): void {
  const spent = namesIn(run).systems.flatMap((system) =>
    ROLES.flatMap((role) => spentBy(run, profileDir, system, role)),
  );
  const rows = rowsOf(spent);
  printRows(rows);
  const folder = write ? RESULTS : profileDir;
  mkdirSync(folder, { recursive: true });
  const files = spent.map(({ title, name, stacks, mainUs }) => {
    const file = `${folder}/flame-${name}.svg`;
    writeFileSync(file, flameGraphOf(stacks, { title, usPerCommand: mainUs }));
    return { title, file };
  });
  for (const { file } of files) console.log(file);
  if (!write) return;
  const origin = `${run.date.slice(0, 10)}, ${run.machine}. Microseconds of CPU for each command of the steady state.`;
  const links = files.map(({ title, file }) => `- [${title}](../${file})`);
  writeBetween(PHASES, [origin, markdownOf(rows), `Flame graphs:\n\n${links.join('\n')}`]);
}

function spentBy(run: Run, profileDir: string, system: string, role: Role): Spent[] {
  const samples = run.samples.filter((sample) => sample.scenario === 'steady' && sample.system === system);
  const stacks = profilesIn(join(profileDir, system, role)).flatMap((profile) => stacksOf(profile, samples));
  if (stacks.length === 0) return [];
  const usOf = (metric: string) => median(samples.map(({ values }) => (values[metric] ?? Number.NaN) * US_PER_FIGURE));
  const [allUs, mainUs] = [usOf(`${role}Cpu`), usOf(`${role}MainCpu`)];
  const byPhase = new Map([...sharesOf(stacks)].map(([phase, share]) => [phase, share * mainUs]));
  byPhase.set(OTHER_THREADS, allUs - mainUs);
  return [{ title: `${system}, ${role}`, name: `${system}-${role}`, stacks, mainUs, byPhase }];
}

/** What the main thread did in those steady states that the profile covers. */
function stacksOf(profile: CpuProfile, samples: readonly Sample[]): Stack[] {
  return samples.flatMap(({ window }) =>
    window && profile.startTime <= window.fromUs && profile.endTime >= window.toUs ? stacksIn(profile, window) : [],
  );
}

function profilesIn(folder: string): CpuProfile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.split('.').at(-3) === MAIN_THREAD)
    .map(({ name }) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile);
}

/** A row for each phase, a column for each process; what is dearest in all comes first, what nobody knows last. */
function rowsOf(spent: readonly Spent[]): string[][] {
  const phases = new Set(spent.flatMap(({ byPhase }) => [...byPhase.keys()]));
  const sumOf = (phase: string) => spent.reduce((sum, { byPhase }) => sum + (byPhase.get(phase) ?? 0), 0);
  const last = [OTHER_THREADS, NOT_ATTRIBUTED];
  const known = [...phases].filter((phase) => !last.includes(phase)).toSorted((a, b) => sumOf(b) - sumOf(a));
  const told = (us: number | undefined) => (us === undefined ? '–' : us.toFixed(1));
  const rows = [...known, ...last].map((phase) => [phase, ...spent.map(({ byPhase }) => told(byPhase.get(phase)))]);
  const totals = spent.map(({ byPhase }) => told([...byPhase.values()].reduce((sum, us) => sum + us, 0)));
  return [['µs of CPU a command', ...spent.map(({ title }) => title)], ...rows, ['all', ...totals]];
}
