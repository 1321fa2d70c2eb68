/** Where a broker listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Of `host:port`, as KAFKA_BROKERS lists it. */
export function addressOf(text: string): Address {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}

/** For people, and to tell addresses apart. */
export function nameOf({ host, port }: Address): string {
  return `${host}:${port}`;
}
