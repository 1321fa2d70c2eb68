import { parseArgs } from 'node:util';
import { SCENARIOS, type ScenarioName } from './scenarios/scenario.js';

/** How much of everything; counts of commands unless a name says otherwise. */
export interface Sizes {
  readonly rounds: number;
  readonly warmUp: number;
  readonly steady: number;
  readonly backlog: number;
  /** For the slow ones. */
  readonly slowBacklog: number;
  readonly latencySeconds: number;
  readonly ratesPerSecond: readonly number[];
}

const FULL: Sizes = {
  rounds: 3,
  warmUp: 2_000,
  steady: 10_000,
  backlog: 50_000,
  slowBacklog: 10_000,
  latencySeconds: 3,
  ratesPerSecond: [100, 500, 1_000],
};

const QUICK: Sizes = { ...FULL, rounds: 1, warmUp: 1_000, steady: 5_000, backlog: 10_000, slowBacklog: 3_000 };

export interface Options {
  readonly sizes: Sizes;
  readonly scenarios: ReadonlySet<ScenarioName>;
  /** Names of the systems to measure beside the reference; all where undefined. */
  readonly systems: ReadonlySet<string> | undefined;
  /** Writes docs/performance.md and its plots. */
  readonly write: boolean;
  /** The folder for a profile of each of Sluice's processes, which are slower then. */
  readonly profileDir: string | undefined;
}

/** Throws with a sentence where the command line asks for what there is not. */
export function parseOptions(args: readonly string[], systemNames: readonly string[]): Options {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      transport: { type: 'string' },
      rounds: { type: 'string' },
      write: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const chosen = values.quick ? QUICK : FULL;
  const rounds = Number(values.rounds ?? chosen.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes a whole number, not ${values.rounds}.`);
  return {
    sizes: { ...chosen, rounds },
    scenarios: new Set(listed('--only', values.only, SCENARIOS) ?? SCENARIOS),
    systems: values.transport ? new Set(listed('--transport', values.transport, systemNames)) : undefined,
    write: values.write,
    profileDir: values.profile,
  };
}

function listed<Name extends string>(option: string, text: string | undefined, known: readonly Name[]) {
  return text?.split(',').map((part) => {
    const name = known.find((one) => one === part.trim());
    if (!name) throw new Error(`${option} knows no '${part}'; it takes ${known.join(', ')}.`);
    return name;
  });
}
