import { parseArgs } from 'node:util';
import { SCENARIOS, type ScenarioName } from './scenarios/scenario.js';

/** How much of everything; counts of commands unless a name says otherwise. */
export interface Sizes {
  readonly rounds: number;
  /** Rounds in which the peers are measured beside ours and the reference. */
  readonly peerRounds: number;
  /** Rounds that hold `flatness` and `growth`, which take minutes. */
  readonly longRounds: number;
  readonly warmUp: number;
  readonly steady: number;
  readonly accept: number;
  readonly backlog: number;
  /** For the slow ones. */
  readonly slowBacklog: number;
  readonly latencySeconds: number;
  readonly ratesPerSecond: readonly number[];
  readonly outageSeconds: number;
  /** How many wait when the rates of `flatness` are taken, the fewest first. */
  readonly levels: readonly number[];
  /** Over how many commands each of those rates is taken. */
  readonly perLevel: number;
  readonly growth: number;
}

const FULL: Sizes = {
  rounds: 5,
  peerRounds: 3,
  longRounds: 1,
  warmUp: 12_000,
  steady: 10_000,
  accept: 20_000,
  backlog: 50_000,
  slowBacklog: 10_000,
  latencySeconds: 2,
  ratesPerSecond: [100, 500, 1_000],
  outageSeconds: 4,
  levels: [10_000, 100_000],
  perLevel: 10_000,
  growth: 200_000,
};

const QUICK: Sizes = {
  ...FULL,
  rounds: 1,
  peerRounds: 1,
  warmUp: 1_000,
  steady: 3_000,
  accept: 3_000,
  backlog: 10_000,
  slowBacklog: 2_000,
  latencySeconds: 1,
  outageSeconds: 2,
  levels: [1_000, 10_000],
  perLevel: 1_000,
  growth: 20_000,
};

const LONG: Sizes = { ...FULL, levels: [...FULL.levels, 1_000_000], growth: 1_000_000 };

export interface Options {
  readonly sizes: Sizes;
  readonly scenarios: ReadonlySet<ScenarioName>;
  /** Names of the systems to measure beside the reference; where undefined all but those that are measured on request. */
  readonly systems: ReadonlySet<string> | undefined;
  /** Writes docs/performance.md and its plots. */
  readonly write: boolean;
  /** The folder for a profile of each process, which is slower then. */
  readonly profileDir: string | undefined;
}

/** Throws with a sentence where the command line asks for what there is not. */
export function parseOptions(args: readonly string[], systemNames: readonly string[]): Options {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      quick: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      only: { type: 'string' },
      transport: { type: 'string' },
      rounds: { type: 'string' },
      write: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  if (values.quick && values.long) throw new Error('--quick and --long exclude each other.');
  const chosen = values.quick ? QUICK : values.long ? LONG : FULL;
  const rounds = Number(values.rounds ?? chosen.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes a whole number, not ${values.rounds}.`);
  const usual = SCENARIOS.filter((name) => values.long || name !== 'growth');
  return {
    sizes: { ...chosen, rounds },
    scenarios: new Set(listed('--only', values.only, SCENARIOS) ?? usual),
    systems: values.transport ? new Set(listed('--transport', values.transport, systemNames)) : undefined,
    write: values.write,
    profileDir: values.profile,
  };
}

/** The most commands that wait at a time in a run of that size. */
export function waitingMaxOf({ backlog, levels, perLevel }: Sizes): number {
  return Math.max(backlog, Math.max(...levels) + 2 * perLevel);
}

function listed<Name extends string>(option: string, text: string | undefined, known: readonly Name[]) {
  return text?.split(',').map((part) => {
    const name = known.find((one) => one === part.trim());
    if (!name) throw new Error(`${option} knows no '${part}'; it takes ${known.join(', ')}.`);
    return name;
  });
}
