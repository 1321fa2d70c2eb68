import { Membership } from './membership.js';
import { NoticeBoard } from './notice-board.js';
import { NOTHING_IN_HAND, type InHand } from './presence.js';

/** How a broker carries what goes to every process of the installation, best effort. */
export interface Broadcasts<Connection> {
  sendNotice(content: Uint8Array): void;
  sendPresence(content: Uint8Array): void;
  /** For as long as the connection lives; rejects as the broker does. */
  hearNotices(connection: Connection, onContent: (content: Uint8Array) => void): Promise<void>;
  /** As `hearNotices`. */
  hearPresence(connection: Connection, onContent: (content: Uint8Array) => void): Promise<void>;
}

export interface SignalsParts<Connection> {
  readonly broadcasts: Broadcasts<Connection>;
  readonly instance: string;
  readonly lanes: number;
  /** What this instance has in hand, where the broker does not count it; told to the others. */
  readonly inHand?: () => InHand | undefined;
  readonly onOwned: (lanes: ReadonlySet<number>) => void;
  /** Notices cannot be heard over a connection that stands. */
  readonly onBroken: (reason: string) => void;
}

/** What processes tell each other beside the commands: notices, and who is there. Sent on one connection, heard on the other. */
export class Signals<Connection> {
  readonly #broadcasts: Broadcasts<Connection>;
  readonly #onBroken: (reason: string) => void;
  readonly #board = new NoticeBoard();
  readonly #membership: Membership;
  #connection: Connection | undefined;
  /** Over which notices are heard. */
  #heardOver: Connection | undefined;
  #listens = false;
  #takes = false;
  #closed = false;

  constructor({ broadcasts, instance, lanes, inHand, onOwned, onBroken }: SignalsParts<Connection>) {
    this.#broadcasts = broadcasts;
    this.#onBroken = onBroken;
    this.#membership = new Membership({
      instance,
      lanes,
      send: (content) => broadcasts.sendPresence(content),
      inHand: () => inHand?.() ?? NOTHING_IN_HAND,
      onOwned,
    });
  }

  get inHandOfOthers(): InHand[] {
    return this.#membership.inHandOfOthers;
  }

  /** What is sent goes out from now on: this instance tells that it is there. */
  announce(): void {
    if (!this.#closed) this.#membership.start();
  }

  /** Hears the others over this connection, before it is reached. */
  async attachInboxes(connection: Connection): Promise<void> {
    await this.#broadcasts.hearPresence(connection, (said) => this.#membership.hear(said));
    if (this.#listens) await this.#hearNotices(connection);
  }

  /** The connection for consuming, while it stands: who cannot reach the lanes leaves them to others. */
  reach(connection: Connection | undefined): void {
    this.#connection = connection;
    this.#membership.take(this.#takes && connection !== undefined);
    this.#hearIfListening();
  }

  /** Whether the consumer wants lanes. */
  take(takes: boolean): void {
    this.#takes = takes;
    this.#membership.take(takes && this.#connection !== undefined);
  }

  notify(notice: Uint8Array): void {
    if (!this.#closed) this.#broadcasts.sendNotice(notice);
  }

  /** Notices are asked for by the first listener: most consumers never listen. */
  listen(onNotice: (notice: Uint8Array) => void): () => void {
    this.#listens = true;
    this.#hearIfListening();
    return this.#board.listen(onNotice);
  }

  /** Says goodbye, and nothing more. */
  close(): void {
    this.#closed = true;
    this.#membership.close();
    this.#board.clear();
  }

  #hearIfListening(): void {
    const connection = this.#connection;
    if (!connection || !this.#listens || this.#heardOver === connection) return;
    this.#hearNotices(connection).catch((error: unknown) => this.#onBroken((error as Error).message));
  }

  async #hearNotices(connection: Connection): Promise<void> {
    this.#heardOver = connection;
    await this.#broadcasts.hearNotices(connection, (notice) => this.#board.notify(notice));
  }
}
