import type { Backlog, Measured, Transport } from '#messaging';
import type { SpoolOptions, SpoolStanding } from '#spool';

/** How long a broker may take to tell its backlog, before what it told last stands for it. */
const PATIENCE_MS = 500;

/** What waits in the spool and behind it, together. */
export class FailoverBacklog {
  readonly #behind: Pick<Transport, 'backlog'>;
  readonly #options: SpoolOptions;
  #last: Backlog | undefined;

  constructor(behind: Pick<Transport, 'backlog'>, options: SpoolOptions) {
    this.#behind = behind;
    this.#options = options;
  }

  /** Rejects only as the spool does: a broker that does not tell stands with what it told last, which is not exact. */
  async read(readStanding: () => Promise<SpoolStanding>): Promise<Backlog> {
    const told = await this.#readBehind();
    const standing = await readStanding();
    const behind = this.#last;
    const exact = told && behind !== undefined;
    const oldest = [standing.oldestAtMs, behind?.oldestAtMs.value ?? null].filter((atMs) => atMs !== null);
    return {
      count: sum(standing.count, behind?.count, exact),
      bytes: sum(standing.bytes, behind?.bytes, exact),
      oldestAtMs: {
        value: oldest.length > 0 ? Math.min(...oldest) : null,
        exact: exact && behind.oldestAtMs.exact,
      },
      lanes: standing.lanes.map((count, lane) => count + (behind?.lanes[lane] ?? 0)),
      countMax: bound(this.#options.countMax, behind?.countMax),
      bytesMax: bound(this.#options.bytesMax, behind?.bytesMax),
    };
  }

  /** Whether it told in time. */
  async #readBehind(): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<false>();
    const timer = setTimeout(resolve, PATIENCE_MS, false);
    const telling = this.#behind.backlog().then(
      (backlog) => {
        this.#last = backlog;
        return true;
      },
      () => false,
    );
    const told = await Promise.race([telling, late]);
    clearTimeout(timer);
    return told;
  }
}

function sum(own: number, behind: Measured<number> | undefined, exact: boolean): Measured<number> {
  return { value: own + (behind?.value ?? 0), exact: exact && behind?.exact === true };
}

function bound(own: number, behind: number | null | undefined): number | null {
  return typeof behind === 'number' ? own + behind : null;
}
