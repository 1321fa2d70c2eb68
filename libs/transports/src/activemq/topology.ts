import type { Terminus } from './wire.js';

/** What one queue of the product is made of at the broker, and what its parts are called. */
export class Topology {
  readonly lanes: number;
  /** Topics: outcomes for gateways, and who is there with what in hand. */
  readonly notices: string;
  readonly presence: string;
  /** For senders that know nothing of lanes: whoever holds lane 0 takes it too, and persistence sends on what belongs elsewhere. */
  readonly inbox: string;
  /** Keeps one message for ever, which says how many lanes there are. */
  readonly laneCountMark: string;
  /** Where a Classic shows whether it gives back in order; empty otherwise. */
  readonly orderProbe: string;
  readonly #commands: string;

  constructor(prefix: string, lanes: number) {
    this.lanes = lanes;
    this.#commands = `${prefix}.commands`;
    this.inbox = `${this.#commands}.in`;
    this.notices = `${prefix}.notices`;
    this.presence = `${prefix}.presence`;
    this.laneCountMark = `${prefix}.lanes`;
    this.orderProbe = `${this.#commands}.order-probe`;
  }

  queueOf(lane: number): string {
    return `${this.#commands}.${lane}-of-${this.lanes}`;
  }

  /** All queues that hold commands of that lane; senders that know of lanes use the first. */
  queuesOf(lane: number): string[] {
    return lane === 0 ? [this.queueOf(lane), this.inbox] : [this.queueOf(lane)];
  }

  /** All queues that hold commands. */
  get queues(): string[] {
    return Array.from({ length: this.lanes }, (_, lane) => this.queuesOf(lane)).flat();
  }

  /** Names of all queues that hold commands, as Artemis writes them; `#` stands for the rest. */
  get commandsPattern(): string {
    return `${this.#commands}.#`;
  }
}

/** Without the capability a broker may take a name for a topic, and drop what nobody listens to. */
export function queue(address: string): Terminus {
  return { address, capabilities: ['queue'] };
}

export function topic(address: string): Terminus {
  return { address, capabilities: ['topic'] };
}
