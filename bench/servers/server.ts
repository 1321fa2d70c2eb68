/** A server of the bench's own, started for a run and shared by the systems that need it. */
export interface BenchServer {
  readonly version: string;
  /** Where its CPU is counted from: itself and its descendants. */
  readonly pid: number | undefined;
  /** The place of that system, which keeps its queues from one round to the next. */
  urlOf(system: string): Promise<string>;
  /** Empties the place of that system, after a round of it that failed. */
  renew(system: string): Promise<void>;
  stop(): Promise<void>;
}

/** How the server of some systems is started. */
export interface ServerKind {
  /** Its name as people write it. */
  readonly title: string;
  /** `directory` is its own. Undefined where none is installed: then what needs it is not measured. */
  start(directory: string): Promise<BenchServer | undefined>;
}
