import { TransportError, type ConsumeOptions, type Consumer, type OnBatch } from '#messaging';
import { pause } from '../pause.js';
import type { Cluster } from './cluster.js';
import { GroupLink } from './group-link.js';
import type { GroupProtocol } from './group-protocol.js';
import { LaneSession } from './lane-session.js';
import { GroupMembership } from './group-membership.js';
import { Settlements } from './settlements.js';
import type { Topology } from './topology.js';

export interface ConsumerParts {
  readonly cluster: Cluster;
  readonly topology: Topology;
  readonly protocol: GroupProtocol;
  readonly options: ConsumeOptions;
  readonly onBatch: OnBatch;
  readonly nextOwnership: () => number;
  /** What ails the consuming; undefined when nothing does. */
  readonly onTrouble: (reason: string | undefined) => void;
}

/** The lanes that the group has given to this process, each read and handed over on its own. */
export class KafkaConsumer implements Consumer {
  readonly #parts: ConsumerParts;
  readonly #membership: GroupMembership;
  readonly #settlements: Settlements;
  readonly #links: readonly GroupLink[];
  readonly #sessions = new Map<number, LaneSession>();
  /** Of sessions that are gone, while a batch of theirs still runs. */
  readonly #settling = new Set<Promise<void>>();
  readonly #troubles = new Map<number | 'group', string>();
  readonly #stopped = Promise.withResolvers<void>();
  #wanted: 'running' | 'paused' | 'stopped' = 'running';
  #assigned: ReadonlySet<number> = new Set();
  #stopping: Promise<void> | undefined;

  constructor(parts: ConsumerParts) {
    this.#parts = parts;
    const { cluster, topology } = parts;
    const coordinator = new GroupLink(cluster, topology.group, 'group');
    const commits = new GroupLink(cluster, topology.group, 'commits');
    this.#links = [coordinator, commits];
    this.#membership = new GroupMembership({
      coordinator,
      protocol: parts.protocol,
      held: () => new Set(this.#sessions.keys()),
      onAssigned: (lanes) => this.#assign(lanes),
      onLost: () => this.#lose(),
      onFailure: (reason) => this.#trouble('group', reason),
    });
    this.#settlements = new Settlements({
      cluster,
      group: topology.group,
      topic: topology.commands,
      coordinator: commits,
      identity: () => this.#membership.identity,
    });
    this.#membership.take(true);
  }

  /** Resolves when `stop` is done: from then on this consumer advances nothing. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /** The lanes that this process has now. */
  get lanes(): number[] {
    return [...this.#sessions.keys()];
  }

  async pause(): Promise<void> {
    if (this.#wanted === 'stopped') return this.#stopping;
    this.#wanted = 'paused';
    await this.#letGo();
  }

  async resume(): Promise<void> {
    if (this.#wanted === 'stopped') throw new TransportError('The consumer was stopped. Call consume again.');
    if (this.#wanted === 'running') return;
    this.#wanted = 'running';
    this.#membership.take(true);
  }

  stop(deadlineMs: number): Promise<void> {
    return (this.#stopping ??= this.#stop(deadlineMs));
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#wanted = 'stopped';
    const settled = new AbortController();
    void this.#letGo().then(() => settled.abort());
    await pause(deadlineMs, settled.signal);
    for (const session of this.#sessions.values()) session.abandon();
    await this.#membership.end();
    for (const link of this.#links) link.suspect('the consumer has stopped');
    this.#parts.onTrouble(undefined);
    this.#stopped.resolve();
  }

  async #letGo(): Promise<void> {
    const held = [...this.#sessions.values()];
    this.#assigned = new Set();
    this.#membership.take(false);
    for (const session of held) session.release();
    await Promise.all([...held.map(({ settled }) => settled), ...this.#settling]);
    await this.#membership.left;
  }

  #assign(lanes: ReadonlySet<number>): void {
    this.#assigned = this.#wanted === 'running' ? lanes : new Set();
    for (const [lane, session] of this.#sessions) if (!this.#assigned.has(lane)) session.release();
    for (const lane of this.#assigned) if (!this.#sessions.has(lane)) this.#take(lane);
    this.#membership.tell();
  }

  #take(lane: number): void {
    const { cluster, topology, options, onBatch, nextOwnership } = this.#parts;
    const session = new LaneSession({
      cluster,
      topology,
      lane,
      options,
      onBatch,
      ownership: nextOwnership(),
      settlements: this.#settlements,
      onFailure: (reason) => this.#trouble(lane, reason),
    });
    this.#sessions.set(lane, session);
    void session.gone.then(() => this.#gone(lane, session));
  }

  #gone(lane: number, session: LaneSession): void {
    const { settled } = session;
    this.#settling.add(settled);
    void settled.then(() => this.#settling.delete(settled));
    if (this.#sessions.get(lane) !== session) return;
    this.#sessions.delete(lane);
    this.#trouble(lane, undefined);
    this.#membership.tell();
    // It may have been given again while it was being given back.
    if (this.#assigned.has(lane)) this.#take(lane);
  }

  #lose(): void {
    this.#assigned = new Set();
    for (const session of this.#sessions.values()) session.abandon();
  }

  #trouble(who: number | 'group', reason: string | undefined): void {
    if (reason === undefined) this.#troubles.delete(who);
    else this.#troubles.set(who, who === 'group' ? `The group of consumers: ${reason}.` : `Lane ${who}: ${reason}.`);
    this.#parts.onTrouble([...this.#troubles.values()][0]);
  }
}
