import { HealthSignal, TransportError, type HealthState } from '#messaging';
import { pause } from '../pause.js';
import { Supervision } from '../supervision.js';
import { nameOf, type Address } from './address.js';
import { viewOf, type ClusterView } from './cluster-view.js';
import { LeaderWatch } from './leader-watch.js';
import { Link, reasonOf, type LinkOptions } from './link.js';
import { serverAt } from './broker-check.js';
import { metadata } from './protocol.js';
import { refusalOf } from './refusal.js';

/** How old what is known of the cluster may get, and how soon a silent connection is tried. */
const LOOK_MS = 1_000;
/** As often in a row a broker turns us away before that is more than its end. */
const TURNED_AWAY_MAX = 3;
/** Between two looks at a cluster that has just changed. */
const LOOK_AGAIN_MS = 50;

export interface ClusterParts {
  /** Where to begin. */
  readonly addresses: readonly Address[];
  readonly linkOptions: (purpose: string) => LinkOptions;
  /** What to watch. */
  readonly topics: readonly string[];
  /** Makes ready what is needed there. Rejects with a `TransportError` where trying again cannot help. */
  readonly setUp: () => Promise<void>;
  readonly groupProtocol: 'classic' | 'consumer';
  /** Of what is known, and of the leaders that do not answer, with the reason. */
  readonly stateOf: (view: ClusterView, silent: ReadonlyMap<number, string>) => HealthState;
  /** What is known of the cluster is new; also called when it is known again. */
  readonly onLook: () => void;
  /** In [0, 1). */
  readonly random: () => number;
}

/** What is known of the cluster, by one connection to any of its brokers, made again for as long as it takes. */
export class Cluster {
  readonly health = new HealthSignal();
  readonly #parts: ClusterParts;
  readonly #supervision: Supervision<Address>;
  readonly #links = new Map<number, Link>();
  readonly #dialing = new Map<number, Promise<Link>>();
  readonly #leaders: LeaderWatch;
  #link: Link | undefined;
  #view: ClusterView = { brokers: new Map(), topics: new Map(), topicErrors: new Map() };
  #server: string | undefined;
  #turnedAway = 0;
  #ready = false;
  #lookNow: () => void = () => undefined;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
    this.#supervision = new Supervision({
      what: 'the cluster',
      addresses: () => this.#addresses(),
      stayWith: (address, onUp) => this.#stayWith(address, onUp),
      refusalOf,
      failureOf: (error, address) => `No connection to the cluster: ${nameOf(address)}: ${reasonOf(error)}.`,
      health: this.health,
      random: parts.random,
    });
    this.#leaders = new LeaderWatch((node) => this.to(node), this.closing);
  }

  /** As far as brokers say what they are. */
  get server(): string | undefined {
    return this.#link && this.#server;
  }

  get view(): ClusterView {
    return this.#view;
  }

  /** Whether a broker answers, and all is set up. */
  get isUp(): boolean {
    return this.#ready && this.#link !== undefined;
  }

  /** Aborts when the transport closes. */
  get closing(): AbortSignal {
    return this.#supervision.closing;
  }

  /** The broker that leads the partition, as far as is known. */
  leaderOf(topic: string, partition: number): number | undefined {
    const leader = this.#view.topics.get(topic)?.partitions[partition]?.leader;
    return leader !== undefined && this.#view.brokers.has(leader) ? leader : undefined;
  }

  /** Resolves once a broker answers and all is set up; rejects as a supervision does. */
  start(): Promise<void> {
    return this.#supervision.start();
  }

  /** Something is not as it is known: look again, soon. */
  suspect(): void {
    this.#lookNow();
  }

  /** The connection to any broker, for requests that are answered at once. Rejects when there is none. */
  any(): Link {
    if (!this.#link) throw new Error('There is no connection to the cluster.');
    return this.#link;
  }

  /** The connection to that broker, for requests that are answered at once. */
  to(node: number): Promise<Link> {
    const known = this.#links.get(node);
    if (known && !known.isLost && this.#isThere(node, known)) return Promise.resolve(known);
    known?.cut('its broker has moved');
    const dialing = this.#dialing.get(node) ?? this.#dialTo(node);
    this.#dialing.set(node, dialing);
    return dialing;
  }

  /** A new connection to that broker, for one purpose alone. */
  async dial(node: number, purpose: string, signal: AbortSignal): Promise<Link> {
    const address = this.#view.brokers.get(node);
    if (!address) throw new Error(`Broker ${node} is not there.`);
    try {
      return await Link.dial(this.#parts.linkOptions(purpose), address, signal);
    } catch (error) {
      this.suspect();
      throw error;
    }
  }

  /** Looks at once. Rejects as the connection does. */
  async look(): Promise<ClusterView> {
    const { topics, onLook } = this.#parts;
    this.#view = viewOf(await this.any().ask(metadata, [[...topics], false, false]));
    this.#leaders.look(this.#view);
    onLook();
    return this.#view;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#supervision.abort();
    this.#link?.cut('the transport closes');
    await this.#supervision.ended();
    this.health.set({ status: 'down', reason: 'Closed.' });
  }

  async #dialTo(node: number): Promise<Link> {
    try {
      const link = await this.dial(node, 'control', this.closing);
      this.#links.set(node, link);
      return link;
    } finally {
      this.#dialing.delete(node);
    }
  }

  /** Those that were set, and those that the cluster itself has told. */
  #addresses(): Address[] {
    const all = [...this.#parts.addresses, ...this.#view.brokers.values()];
    return [...new Map(all.map((address) => [nameOf(address), address])).values()];
  }

  /** Rejects when it cannot connect or set up; resolves when a connection that stood is lost. */
  async #stayWith(address: Address, onUp: () => void): Promise<void> {
    const link = await Link.dial(this.#parts.linkOptions('cluster'), address, this.closing);
    try {
      this.#server = await serverAt(link, this.#parts.groupProtocol);
      this.#link = link;
      await this.#firstLook(address);
      await this.#parts.setUp();
      await this.look();
      this.#ready = true;
      this.#tellHealth();
      onUp();
      const reason = await this.#watch(link);
      if (this.closing.aborted) return;
      this.health.set({
        status: 'down',
        reason: `The connection to the cluster is lost: ${nameOf(address)}: ${reason}.`,
      });
    } finally {
      this.#ready = false;
      this.#link = undefined;
      link.cut('it is given up');
      this.#parts.onLook();
    }
  }

  /** A broker that wants a proof answers what it can do, and closes the connection at whatever else is asked. */
  async #firstLook(address: Address): Promise<void> {
    try {
      await this.look();
      this.#turnedAway = 0;
    } catch (cause) {
      this.#turnedAway += 1;
      if (this.#turnedAway < TURNED_AWAY_MAX || this.#parts.linkOptions('cluster').security().sasl) throw cause;
      const text = `The broker at ${nameOf(address)} answers, and turns away who does not prove who it is. Set KAFKA_SASL_MECHANISM, or KAFKA_BROKERS to another listener.`;
      throw new TransportError(text, { setting: 'KAFKA_SASL_MECHANISM', cause });
    }
  }

  /** Resolves with the reason when the connection is lost. */
  async #watch(link: Link): Promise<string> {
    while (!link.isLost) {
      const { promise: soon, resolve } = Promise.withResolvers<void>();
      this.#lookNow = resolve;
      const timer = setTimeout(resolve, LOOK_MS);
      await Promise.race([soon, link.lost]);
      clearTimeout(timer);
      await this.look().then(
        () => this.#tellHealth(),
        () => undefined,
      );
      await pause(LOOK_AGAIN_MS, this.closing);
    }
    return link.lost;
  }

  #tellHealth(): void {
    if (!this.closing.aborted) this.health.set(this.#parts.stateOf(this.#view, this.#leaders.silent));
  }

  #isThere(node: number, { address }: Link): boolean {
    const now = this.#view.brokers.get(node);
    return now !== undefined && nameOf(now) === nameOf(address);
  }
}
