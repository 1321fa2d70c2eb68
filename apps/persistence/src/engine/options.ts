export interface EngineOptions {
  /** The most deliveries in one batch. */
  readonly batchMax: number;
  readonly batchBytesMax: number;
  readonly batchWaitMs: number;
  /** The most deliveries of a lane in this process. */
  readonly prefetch: number;
  /** How long batches are held while the database is away, before they go back to the transport. */
  readonly holdMsMax: number;
  /** How often a command may end the process before it is dead. */
  readonly crashesMax: number;
  /** How long a contract may be unavailable before its commands' attempts are counted. */
  readonly unavailableMsMax: number;
  /** How long the retry worker sleeps at most. */
  readonly pollMsMax: number;
  /** Names this process in the marks of its careful starts. */
  readonly instance: string;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

export const defaultEngineOptions: EngineOptions = {
  batchMax: 500,
  batchBytesMax: 4 * 1024 * 1024,
  batchWaitMs: 5,
  prefetch: 1_000,
  holdMsMax: 60_000,
  crashesMax: 3,
  unavailableMsMax: 15 * 60_000,
  pollMsMax: 1_000,
  instance: `pid-${process.pid}`,
  now: Date.now,
  random: Math.random,
};
