const DELAY_MS = 1_000;
const DELAY_MS_MAX = 30_000;

/** Keeps contracts from being run while what they need is away: a table under migration, a service. */
export class ContractBreakers {
  readonly #open = new Map<string, { untilMs: number; failures: number }>();

  /** Until when commands of the type are laid aside without a run; undefined when they may run. */
  openUntil(type: string, nowMs: number): number | undefined {
    const breaker = this.#open.get(type);
    return breaker && breaker.untilMs > nowMs ? breaker.untilMs : undefined;
  }

  /** Opens for 1 s, 2 s, 4 s … 30 s, and returns until when. */
  unavailable(type: string, nowMs: number): number {
    const failures = this.#open.get(type)?.failures ?? 0;
    const untilMs = this.openUntil(type, nowMs) ?? nowMs + Math.min(DELAY_MS_MAX, DELAY_MS * 2 ** failures);
    this.#open.set(type, { untilMs, failures: failures + 1 });
    return untilMs;
  }

  available(type: string): void {
    this.#open.delete(type);
  }
}
