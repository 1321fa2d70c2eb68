import { Logger } from '@nestjs/common';

/** Who is refused tries again every second or two, and a probe of some orchestrator never learns. */
const REPEAT_MS = 60_000;
/** Hosts that are remembered; whoever comes from more of them fills the log, and not the memory. */
const HOSTS_MAX = 256;

interface Told {
  readonly atMs: number;
  unsaid: number;
}

/** Tells the log who was refused a link, and why: each host at once, and then once in a minute for as long as it goes on. */
export class RefusalLog {
  readonly #logger = new Logger('Links');
  readonly #service: string;
  readonly #nowMs: () => number;
  readonly #told = new Map<string, Told>();

  /** `service` is what the links are for. */
  constructor(service: string, nowMs = () => performance.now()) {
    this.#service = service;
    this.#nowMs = nowMs;
  }

  note(peer: string, reason: string): void {
    const host = peer.replace(/:\d+$/, '');
    const before = this.#told.get(host);
    const atMs = this.#nowMs();
    if (before && atMs - before.atMs < REPEAT_MS) {
      before.unsaid += 1;
      return;
    }
    this.#told.delete(host);
    if (this.#told.size >= HOSTS_MAX) this.#forgetEldest();
    this.#told.set(host, { atMs, unsaid: 0 });
    const others = before?.unsaid ? ` ${before.unsaid} others from there were refused before.` : '';
    this.#logger.warn(`Refused a link for ${this.#service} from ${peer}: ${inOneLine(reason)}.${others}`);
  }

  #forgetEldest(): void {
    for (const host of this.#told.keys()) {
      this.#told.delete(host);
      return;
    }
  }
}

/** A stranger's words may stand in it, which must not look like lines of ours. */
function inOneLine(reason: string): string {
  return reason.replace(/\p{Cc}+/gu, ' ');
}
