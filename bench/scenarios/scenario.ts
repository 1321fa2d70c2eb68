import type { Load } from '../load/load.js';
import type { Sizes } from '../options.js';
import type { Ground, RunningSystem } from '../systems/system.js';
import type { ReadingsTable } from './table.js';

/** In the order in which a round runs them; each leaves the queue empty, except `accept`, whose backlog `drain` takes. */
export const SCENARIOS = ['steady', 'latency', 'outage', 'catch-up', 'accept', 'drain', 'flatness', 'growth'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** What one scenario has measured of one system. */
export interface Measured {
  /** A scenario, and its rate or its size where it has several. */
  readonly scenario: string;
  readonly values: Readonly<Record<string, number>>;
  /** The same along the way, where that is what it is about. */
  readonly series?: readonly Readonly<Record<string, number>>[];
  /** When it was, by the clock that profiles use too. */
  readonly window?: Window;
}

/** In microseconds of the machine's steady clock. */
export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

/** That of one system in one round. */
export interface Sample extends Measured {
  readonly system: string;
  readonly round: number;
}

/** A system that did not get through a round; what it had measured before stands. */
export interface Failure {
  readonly system: string;
  readonly round: number;
  /** The scenario, what happened, and what the system's processes said last. */
  readonly message: string;
}

/** What a scenario works with. */
export interface Stage {
  readonly running: RunningSystem;
  readonly ground: Ground;
  readonly load: Load;
  readonly rows: ReadingsTable;
  readonly sizes: Sizes;
}
