import { pause } from '../pause.js';
import { GroupLink, GroupRefusal } from './group-link.js';
import type { GroupProtocol, Identity } from './group-protocol.js';
import { ErrorCode } from './protocol.js';

const BEAT_MS = 500;
const AGAIN_MS_FIRST = 50;
const AGAIN_MS_MOST = 1_000;
/** What the coordinator has to answer a goodbye, however little of the deadline is left. */
const GOODBYE_MS_MAX = 1_000;

export interface GroupMembershipParts {
  readonly coordinator: GroupLink;
  readonly protocol: GroupProtocol;
  /** The lanes that this process has, those included that it is giving back. */
  readonly held: () => ReadonlySet<number>;
  /** The lanes that it is to have. */
  readonly onAssigned: (lanes: ReadonlySet<number>) => void;
  /** It has no lanes any more: the coordinator has counted it out. */
  readonly onLost: () => void;
  /** What keeps it out of the group, or that nothing does. */
  readonly onFailure: (reason: string | undefined) => void;
}

/** Whether this process takes part in the group, and what it is told there. */
export class GroupMembership {
  readonly #parts: GroupMembershipParts;
  readonly #ended = new AbortController();
  #takes = false;
  #term = 0;
  #isIn = false;
  #takesPart = false;
  /** Once it gives lanes back it leaves, also when it is to take lanes again by then: so it is given them anew. */
  #leaves = false;
  #isWoken = false;
  #onWake: () => void = () => undefined;
  #left = Promise.withResolvers<void>();
  readonly #running: Promise<void>;

  constructor(parts: GroupMembershipParts) {
    this.#parts = parts;
    this.#left.resolve();
    this.#running = this.#run();
  }

  get identity(): Identity | undefined {
    const { member } = this.#parts.protocol;
    return member && { ...member, term: this.#term };
  }

  /** From now on this process takes lanes; or takes none, and leaves when it has given back those that it has. */
  take(takes: boolean): void {
    this.#takes = takes;
    if (takes) this.#left.resolve();
    else if (this.#takesPart) {
      this.#leaves = true;
      this.#left = Promise.withResolvers();
    }
    this.#wake();
  }

  /** What it holds has changed: the others wait to hear of it. */
  tell(): void {
    this.#wake();
  }

  /** Resolves when this process is out of the group, or takes part again. */
  get left(): Promise<void> {
    return this.#left.promise;
  }

  /** Leaves at once. */
  async end(): Promise<void> {
    this.#takes = false;
    this.#ended.abort();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      if (!this.#takes) {
        this.#left.resolve();
        await this.#nextWake();
        continue;
      }
      this.#term += 1;
      this.#takesPart = true;
      this.#leaves = false;
      await this.#takePart();
      this.#takesPart = false;
    }
    this.#left.resolve();
  }

  /** Until it leaves, or is counted out. */
  async #takePart(): Promise<void> {
    const { coordinator, protocol, held, onAssigned, onLost, onFailure } = this.#parts;
    const { signal } = this.#ended;
    for (let failures = 0; !signal.aborted && (!this.#leaves || held().size > 0);) {
      try {
        const lanes = await protocol.beat(await coordinator.reach(signal), held());
        if (failures > 0 || !this.#isIn) onFailure(undefined);
        failures = 0;
        this.#isIn = true;
        if (lanes) onAssigned(this.#leaves ? new Set() : lanes);
        if (!lanes) await this.#nextWake(BEAT_MS);
      } catch (error) {
        if (isLoss(error)) {
          protocol.forget();
          onLost();
          return;
        }
        failures += 1;
        if (!(error instanceof GroupRefusal) || MOVED.has(error.code)) coordinator.suspect();
        if (failures > 1) onFailure((error as Error).message);
        await pause(Math.min(AGAIN_MS_MOST, AGAIN_MS_FIRST * 2 ** failures), signal);
      }
    }
    await this.#leave();
  }

  async #leave(): Promise<void> {
    const { coordinator, protocol } = this.#parts;
    this.#isIn = false;
    const goodbye = new AbortController();
    const saying = coordinator
      .reach(goodbye.signal)
      .then((link) => protocol.leave(link))
      .catch(() => undefined)
      .finally(() => goodbye.abort());
    await pause(GOODBYE_MS_MAX, goodbye.signal);
    if (!goodbye.signal.aborted) coordinator.suspect('it does not answer a goodbye');
    goodbye.abort();
    protocol.forget();
    void saying;
  }

  #wake(): void {
    this.#isWoken = true;
    this.#onWake();
  }

  /** At once, where there was a call since the last time. */
  async #nextWake(timeoutMs?: number): Promise<void> {
    if (!this.#isWoken) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onWake = resolve;
      const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
      await promise;
      clearTimeout(timer);
    }
    this.#isWoken = false;
  }
}

function isLoss(error: unknown): boolean {
  return error instanceof GroupRefusal && LOSSES.has(error.code);
}

/** The coordinator knows this member no longer, or as an earlier one. */
const LOSSES: ReadonlySet<number> = new Set([
  ErrorCode.unknownMember,
  ErrorCode.illegalGeneration,
  ErrorCode.fencedMemberEpoch,
]);
const MOVED: ReadonlySet<number> = new Set([
  ErrorCode.notCoordinator,
  ErrorCode.coordinatorNotAvailable,
  ErrorCode.coordinatorLoading,
]);
