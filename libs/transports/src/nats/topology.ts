import type { NatsConnection } from '@nats-io/transport-node';
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { TransportError } from '#messaging';
import { differenceOf, type NeededStream } from './stream-difference.js';

/** What the server has to answer a question about streams. */
const ANSWER_MS_MAX = 5_000;
const SECOND_NS = 1_000_000_000;
/** Within it the same command that is published twice, as after a lost answer, is stored once. */
const DUPLICATES_S = 30;
/** How long a lane stays with a holder that says nothing more. */
export const LEASE_MS = 6_000;

export interface TopologyOptions {
  readonly prefix: string;
  readonly lanes: number;
  /** The most commands that a lane holds. */
  readonly laneCountMax: number;
  readonly laneBytesMax: number;
  readonly replicas: number;
}

/** What one queue of the product is made of at the servers, and what its parts are called. */
export class Topology {
  readonly lanes: number;
  /** For senders that know nothing of lanes: persistence sends on what belongs elsewhere. */
  readonly foreign: string;
  /** Outcomes, for gateways; not stored. */
  readonly notices: string;
  /** Who is there; not stored. */
  readonly presence: string;
  /** Who holds which lane. */
  readonly leases: string;
  readonly #options: TopologyOptions;

  constructor(options: TopologyOptions) {
    this.#options = options;
    this.lanes = options.lanes;
    this.foreign = `${options.prefix}.in`;
    this.notices = `${options.prefix}.notices`;
    this.presence = `${options.prefix}.presence`;
    this.leases = `${options.prefix}-leases`;
  }

  get streams(): string[] {
    return Array.from({ length: this.lanes }, (_, lane) => this.streamOf(lane));
  }

  streamOf(lane: number): string {
    return `${this.#options.prefix}-commands-${lane}-of-${this.lanes}`;
  }

  subjectOf(lane: number): string {
    return `${this.#options.prefix}.commands.${lane}-of-${this.lanes}`;
  }

  leaseOf(lane: number): string {
    return `${this.#options.prefix}.leases.${lane}`;
  }

  /** Makes what is missing, which changes nothing where all is there. Rejects when something is there, but different. */
  async declare(connection: NatsConnection): Promise<void> {
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: ANSWER_MS_MAX });
    try {
      // First the one by which the server itself refuses another number of lanes.
      await this.#ensure(manager, this.#lane(0));
      const others = Array.from({ length: this.lanes - 1 }, (_, index) => this.#lane(index + 1));
      await Promise.all([...others, this.#leases()].map((needed) => this.#ensure(manager, needed)));
    } catch (error) {
      throw await this.#explained(error as Error, manager);
    }
  }

  #lane(lane: number): NeededStream {
    const { laneCountMax, laneBytesMax, replicas } = this.#options;
    return {
      name: this.streamOf(lane),
      subjects: lane === 0 ? [this.subjectOf(lane), this.foreign] : [this.subjectOf(lane)],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.New,
      storage: StorageType.File,
      num_replicas: replicas,
      max_msgs: laneCountMax,
      max_bytes: laneBytesMax,
      max_age: 0,
      max_msgs_per_subject: -1,
      duplicate_window: DUPLICATES_S * SECOND_NS,
    };
  }

  /** In memory: with the server goes the need for what it says. */
  #leases(): NeededStream {
    return {
      name: this.leases,
      subjects: [this.leaseOf(0).replace(/0$/, '*')],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      storage: StorageType.Memory,
      num_replicas: this.#options.replicas,
      max_msgs: -1,
      max_bytes: -1,
      max_age: (LEASE_MS / 1_000) * SECOND_NS,
      max_msgs_per_subject: 1,
      duplicate_window: SECOND_NS,
    };
  }

  async #ensure(manager: JetStreamManager, needed: NeededStream): Promise<void> {
    const found = await this.#find(manager, needed.name);
    const { config } = found ?? (await manager.streams.add({ ...needed }));
    const difference = differenceOf(config, needed);
    if (difference === undefined) return;
    const { text, setting = 'NATS_PREFIX' } = difference;
    const back = difference.setting === undefined ? '' : `set ${setting} back, `;
    const ways = `Change it there (nats stream edit ${needed.name}), ${back}or set NATS_PREFIX to a new name.`;
    throw new TransportError(`The stream ${needed.name} ${text}. ${ways}`, { setting });
  }

  async #find(manager: JetStreamManager, name: string): Promise<{ config: StreamConfig } | undefined> {
    try {
      return await manager.streams.info(name);
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined;
      throw error;
    }
  }

  /** What waiting does not mend as a sentence with the way out; any other failure unchanged. */
  async #explained(error: Error, manager: JetStreamManager): Promise<Error> {
    const refuse = (text: string, setting: string) => new TransportError(text, { setting, cause: error });
    if (error.cause instanceof JetStreamApiError) {
      // The one that the client wraps: the account has no JetStream.
      const text =
        'JetStream is not enabled for the account of this user. Enable it there, or set another user in NATS_URLS.';
      return refuse(text, 'NATS_URLS');
    }
    if (!(error instanceof JetStreamApiError)) return error;
    const { prefix, lanes, laneBytesMax, replicas } = { ...this.#options };
    switch (error.code) {
      case SUBJECTS_OVERLAP: {
        const there = await manager.streams.find(this.foreign).catch(() => '');
        const count = new RegExp(`^${prefix}-commands-0-of-(\\d+)$`).exec(there)?.[1];
        const text = count
          ? `The queue '${prefix}' has ${count} lanes at the servers, and LANES is ${lanes}. Set LANES back, or NATS_PREFIX to a new name.`
          : `Another stream takes subjects of the queue '${prefix}' (${there || error.message}). Change its subjects, or set NATS_PREFIX to a new name.`;
        return refuse(text, count ? 'LANES' : 'NATS_PREFIX');
      }
      case NO_STORAGE: {
        const text = `The servers do not set ${laneBytesMax} bytes aside for each of ${lanes} lanes (${error.message}). Give JetStream more (max_file_store, or the limits of the account), or set NATS_LANE_BYTES_MAX lower.`;
        return refuse(text, 'NATS_LANE_BYTES_MAX');
      }
      case NOT_CLUSTERED: {
        const text = `The server stands alone and keeps no ${replicas} replicas. Make it a cluster, or set NATS_REPLICAS to 1.`;
        return refuse(text, 'NATS_REPLICAS');
      }
      default:
        return error;
    }
  }
}

/** Codes of the JetStream API. */
const SUBJECTS_OVERLAP = 10_065;
const NO_STORAGE = 10_047;
const NOT_CLUSTERED = 10_074;
