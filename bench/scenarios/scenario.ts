import type { Load } from '../load/load.js';
import type { Sizes } from '../options.js';
import type { Ground, RunningSystem } from '../systems/system.js';
import type { ReadingsTable } from './table.js';

/** In the order in which a round runs them; each leaves the queue empty, except `accept`, whose backlog `drain` takes. */
export const SCENARIOS = ['steady', 'latency', 'outage', 'accept', 'drain'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** What one scenario has measured of one system in one round. */
export interface Sample {
  /** A scenario, and its rate where it has several. */
  readonly scenario: string;
  readonly system: string;
  readonly round: number;
  readonly values: Readonly<Record<string, number>>;
}

/** What a scenario works with. */
export interface Stage {
  readonly running: RunningSystem;
  readonly ground: Ground;
  readonly load: Load;
  readonly rows: ReadingsTable;
  readonly sizes: Sizes;
}

/** One measurement: which scenario, and its values. */
export interface Measured {
  readonly scenario: string;
  readonly values: Readonly<Record<string, number>>;
}
