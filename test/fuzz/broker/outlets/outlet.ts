import type fc from 'fast-check';

/** How a program without our code sends, by one broker's own client. */
export interface Outlet<Message = unknown> {
  /** The queue that it sends to, as settings of the product. */
  readonly env: Readonly<Record<string, string>>;
  readonly messages: fc.Arbitrary<Message>;
  /** Resolves when the broker has confirmed all of them. */
  send(messages: readonly Message[]): Promise<void>;
  remove(): Promise<void>;
}
