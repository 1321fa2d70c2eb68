import { randomUUID } from 'node:crypto';
import { GATEWAY_NAME_MS_MAX } from '#contracts';

/** What this gateway says that it accepted, and the name that it says so under. */
export class ReportedAccount {
  #gateway = randomUUID();
  /** What was accepted before the name was taken, by lane. */
  #before: readonly number[] = [];
  #answeredAtMs: number | undefined;

  /**
   * A name that was answered once, and then not for long, may have been taken for that of a gateway that is gone: under it all
   * would be counted twice. What was accepted meanwhile is in no report then, a surplus of the books.
   */
  report(accepted: readonly number[], nowMs: number): { readonly gateway: string; readonly accepted: number[] } {
    if (this.#answeredAtMs !== undefined && nowMs - this.#answeredAtMs > GATEWAY_NAME_MS_MAX) {
      this.#gateway = randomUUID();
      this.#before = [...accepted];
      this.#answeredAtMs = undefined;
    }
    return { gateway: this.#gateway, accepted: accepted.map((count, lane) => count - (this.#before[lane] ?? 0)) };
  }

  answered(nowMs: number): void {
    this.#answeredAtMs = nowMs;
  }
}
