import { randomFrom, type Random } from '#testing';
import type { Fault } from './fault.js';

/** One fault of a round. */
export interface Disruption {
  readonly fault: Fault;
  /** From the beginning of the round, or from the end of the last fault of the same part, to that of the fault. */
  readonly afterMs: number;
  /** From its beginning to its mending. */
  readonly lastsMs: number;
  /** For what the fault itself leaves to chance. */
  readonly seed: number;
}

/** Some faults, and the calm before them. Those that share a part come one after the other, the others beside each other. */
export interface Round {
  readonly calmMs: number;
  readonly disruptions: readonly Disruption[];
  /** Whether everything accepted so far must have ended before the next round begins; otherwise that finds it at its recovery. */
  readonly settles: boolean;
}

const CALM_MS_MAX = 1_000;
const AFTER_MS_MAX = 1_500;
const SHORT_MS = { min: 100, max: 2_000 } as const;
/** Longer than a heartbeat takes to find a silent connection dead. */
const LONG_MS = { min: 5_000, max: 12_000 } as const;
const LONG_SHARE = 0.1;
const FAULTS_MAX = 12;
/** How often one more fault is added to a round. */
const ANOTHER_SHARE = 0.85;
const SETTLED_SHARE = 0.25;
const SEED_MAX = 2 ** 32 - 1;

/** Rounds without end, the same for the same seed and set, however quick the machine is. */
export function* scheduleOf(seed: number, faults: readonly Fault[]): Generator<Round, never> {
  const random = randomFrom(seed);
  if (!isFilled(faults)) throw new Error('There is no fault to choose from.');
  for (;;) yield roundOf(random, faults);
}

function roundOf(random: Random, faults: Faults): Round {
  return {
    calmMs: random.integer(0, CALM_MS_MAX),
    disruptions: faultsOf(random, faults).map((fault) => ({
      fault,
      afterMs: random.integer(0, AFTER_MS_MAX),
      lastsMs: lengthOf(random),
      seed: random.integer(0, SEED_MAX),
    })),
    settles: random.next() < SETTLED_SHARE,
  };
}

type Faults = readonly [Fault, ...Fault[]];

function faultsOf(random: Random, faults: Faults): Fault[] {
  const picked = [pickOf(random, faults)];
  while (picked.length < FAULTS_MAX && random.next() < ANOTHER_SHARE) picked.push(pickOf(random, faults));
  return picked;
}

/** First a kind, so that a part of which there are many does not hide the others. */
function pickOf(random: Random, faults: Faults): Fault {
  const kind = random.pick([...new Set(faults.map((fault) => fault.kind))] as [Fault['kind']]);
  return random.pick(faults.filter((fault) => fault.kind === kind) as [Fault]);
}

function lengthOf(random: Random): number {
  const { min, max } = random.next() < LONG_SHARE ? LONG_MS : SHORT_MS;
  return random.integer(min, max);
}

function isFilled(faults: readonly Fault[]): faults is Faults {
  return faults.length > 0;
}

/** A round on one line, for people. */
export function describeRound(index: number, { calmMs, disruptions, settles }: Round): string {
  const parts = disruptions.map(({ fault, afterMs, lastsMs }) => `${fault.name} after ${afterMs} ms for ${lastsMs} ms`);
  return `round ${index}: calm for ${calmMs} ms; ${parts.join('; ')}${settles ? '; then all must end' : ''}`;
}
