/** What one lane holds at the broker, what is in hand included. */
export interface Depth {
  readonly count: number;
  readonly bytes: number;
  /** When the first of what is not in hand was stored, in milliseconds since the epoch; null where nobody says. */
  readonly oldestAtMs: number | null;
}
