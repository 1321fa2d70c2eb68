import type { Random } from '#testing';
import { commandIdOf, type ToldOperation } from '../faults/clients.js';
import { pass } from '../faults/length.js';
import type { Telling } from '../faults/reckoning.js';

const ASKED_SHARE = 0.1;
const FOLLOWED_SHARE = 0.1;
const ASK_MS_MAX = 3_000;
const ANSWER_MS_MAX = 15_000;
const FOLLOW_MS_MAX = 30_000;
const FOLLOWED_MAX = 50;
const AT_THE_END_AT_A_TIME = 8;
const LAST_LOOKS_MAX = 10;
/** What a gateway that starts, stops, stood still or is overloaded may say; status 0: nothing at all. */
const PASSING = new Set([0, 408, 503]);

/** All that clients are told of their operations, by any gateway and in every way, kept outside the system. */
export class Hearing {
  readonly tellings: Telling[] = [];
  /** Answers that no client may ever get. */
  readonly faults: string[] = [];
  /** Operation ids by command id. */
  readonly #operations = new Map<string, string>();
  readonly #listening = new Set<Promise<void>>();
  #followed = 0;

  constructor(
    private readonly urls: readonly [string, ...string[]],
    private readonly random: Random,
  ) {}

  /** Notes what an answer said, and of some operations asks more later. */
  readonly note = (operation: ToldOperation): void => {
    this.#operations.set(commandIdOf(operation.id), operation.id);
    this.#tell(operation, 'an answer');
    const chance = this.random.next();
    if (chance < ASKED_SHARE) this.#begin(this.#askLater(operation.id));
    else if (chance < ASKED_SHARE + FOLLOWED_SHARE && this.#followed < FOLLOWED_MAX) {
      this.#followed++;
      this.#begin(this.#follow(operation.id).finally(() => this.#followed--));
    }
  };

  /** Asks for every operation once more, when all is calm: now each must be told as it is. */
  async askForAll(): Promise<void> {
    await Promise.all(this.#listening);
    const left = [...this.#operations.values()];
    const askers = Array.from({ length: AT_THE_END_AT_A_TIME }, async () => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) {
        const status = await this.#askPatiently(id);
        if (status !== 200) this.faults.push(`the last look at ${id}: ${status}`);
      }
    });
    await Promise.all(askers);
  }

  #begin(listening: Promise<void>): void {
    const kept = listening.finally(() => this.#listening.delete(kept));
    this.#listening.add(kept);
  }

  async #askLater(id: string): Promise<void> {
    await pass(this.random.integer(0, ASK_MS_MAX));
    const status = await this.#ask(id, 'a look');
    if (status !== 200 && !PASSING.has(status)) this.faults.push(`a look at ${id}: ${status}`);
  }

  /** Nothing is broken any more, but the machine may be busy. */
  async #askPatiently(id: string): Promise<number> {
    let status = 0;
    for (let asked = 0; asked < LAST_LOOKS_MAX && PASSING.has(status); asked++)
      status = await this.#ask(id, 'the last look');
    return status;
  }

  async #ask(id: string, by: string): Promise<number> {
    try {
      const response = await fetch(`${this.random.pick(this.urls)}/operations/${id}`, {
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      const body = (await response.json()) as ToldOperation;
      if (response.status === 200) this.#tell(body, by);
      return response.status;
    } catch {
      return 0;
    }
  }

  /** To the end of the stream, or of the connection, or of patience. */
  async #follow(id: string): Promise<void> {
    try {
      const url = `${this.random.pick(this.urls)}/operations/${id}/events`;
      const response = await fetch(url, { signal: AbortSignal.timeout(FOLLOW_MS_MAX) });
      if (response.status !== 200) {
        if (!PASSING.has(response.status)) this.faults.push(`events of ${id}: ${response.status}`);
        return await response.body?.cancel();
      }
      let text = '';
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const events = text.split('\n\n');
        text = events.pop() ?? '';
        for (const event of events) this.#hear(event);
      }
    } catch {
      // The gateway or the way to it has gone, as was meant.
    }
  }

  #hear(event: string): void {
    const data = /^data: (.*)$/m.exec(event)?.[1];
    if (data !== undefined) this.#tell(JSON.parse(data) as ToldOperation, 'an event');
  }

  #tell({ id, status, error }: ToldOperation, by: string): void {
    this.tellings.push({ commandId: commandIdOf(id), status, by, ...(error && { code: error.code }) });
  }
}
