/**
 * A command on its way: the bytes, and what routing needs. Frozen when made; a transport returns every field unchanged.
 */
export interface Envelope {
  /** The command's id: a UUID in lower case when the gateway made it; whatever a foreign sender chose otherwise. */
  readonly id: string;
  /** The contract's type, `orders.place.v1`. */
  readonly type: string;
  /** CloudEvents `source`: who made the command. `GATEWAY_SOURCE` for the gateway's own. */
  readonly source: string;
  /** CloudEvents `partitionkey`: `stream:key`. Commands that share it keep their order. */
  readonly partitionKey: string;
  /** `laneOf(partitionKey, lanes)`, or what a foreign sender's queue says. */
  readonly lane: number;
  /** When the gateway took the command, in milliseconds since the epoch. CloudEvents `time`. */
  readonly timeMs: number;
  /** Extension attributes by their CloudEvents names, all lower case: `expirytime`, `traceparent`, `correlationid` … */
  readonly attributes: Readonly<Record<string, string>>;
  /** The payload as JSON, UTF-8, nothing around it. */
  readonly body: Uint8Array;
}

/** The CloudEvents `source` of every command that a Sluice gateway made: its ids are used as they are. */
export const GATEWAY_SOURCE = 'urn:sluice:gateway';

/** Names of the extension attributes that Sluice itself reads. Others pass through. */
export const Attribute = {
  /** CloudEvents extension: RFC 3339; past it the command is not run. */
  expiryTime: 'expirytime',
  traceParent: 'traceparent',
  traceState: 'tracestate',
  correlationId: 'correlationid',
  /** Who submitted it: the principal's stable subject. */
  principal: 'principal',
} as const;
