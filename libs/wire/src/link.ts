/** One message of a link: what kind it is, a small head as JSON, and bytes that are carried as they are. */
export interface Frame {
  /** 0 to 127, of whoever uses the link; what the link itself needs has kinds of its own. */
  readonly kind: number;
  readonly head: unknown;
  readonly body: Uint8Array;
}

/**
 * An ordered way to one other process of the installation. Nothing that was sent is repeated: what was on its way when the
 * link broke may have arrived or not. Users grant each other credit, so that no side ever sends what the other has no room for.
 */
export interface Link {
  /** Where the other end is, for messages to people and for logs: `10.0.0.7:3101`. */
  readonly peer: string;
  /** What the other end said of itself when the link was made. */
  readonly greeting: Readonly<Record<string, string>>;
  readonly closed: boolean;
  /**
   * False: more waits to be sent than the link's bound; send no more until `onDrain`. A closed link takes nothing. Whoever
   * goes on far beyond that, with anything but small answers, loses the link. Throws a `FrameFault` for a frame too large.
   */
  send(frame: Frame): boolean;
  /** Tells the other end that this process is going, so that it sends nothing new. The link stays open for what is under way. */
  drain(): void;
  /** Flushes what was sent before, tells the other end the reason, and ends the link. Frames that still come are dropped. */
  close(reason?: string): void;
}

export interface LinkListener {
  onOpen(link: Link): void;
  onFrame(link: Link, frame: Frame): void;
  /** What waited to be sent has gone out. */
  onDrain(link: Link): void;
  /** The other end is going. */
  onPeerDraining(link: Link): void;
  /** Once, and nothing after it. The reason is a sentence for people. */
  onClosed(link: Link, reason: string): void;
}
