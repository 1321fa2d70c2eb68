/** Bounds on one link. */
export interface LinkLimits {
  /** The longest frame, in bytes, head and body together. The same at both ends. */
  readonly frameBytesMax: number;
  /** What may wait to be sent before `send` says false, in bytes; at least what the socket itself takes before it does. */
  readonly sendBytesMax: number;
  /** How often an end shows that it lives. Without a byte from the other end for three of them, the link is ended. */
  readonly heartbeatMs: number;
  /** From the first byte of the connection to the greeting of the other end, the TLS handshake included. */
  readonly greetingMs: number;
}

export const LINK_LIMITS: LinkLimits = Object.freeze({
  frameBytesMax: 16 * 1024 * 1024,
  sendBytesMax: 1024 * 1024,
  heartbeatMs: 2_000,
  greetingMs: 5_000,
});
