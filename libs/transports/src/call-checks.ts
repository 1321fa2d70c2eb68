import { attributesFault, PublishError, TransportError, type ConsumeOptions, type Envelope } from '#messaging';

/** Throws a `PublishError` for what no broker could carry here. `setting` names what raises the bound, where something does. */
export function assertCarriable(envelope: Envelope, bodyBytesMax: number, setting?: string): void {
  const bytes = envelope.body.byteLength;
  if (bytes > bodyBytesMax) {
    const raise = setting === undefined ? '' : `, or raise ${setting}`;
    const message = `A body of ${bytes} bytes is larger than ${bodyBytesMax}. Send less in one command${raise}.`;
    throw new PublishError('not-stored', 'too-large', message, setting === undefined ? {} : { setting });
  }
  const fault = attributesFault(envelope);
  if (fault !== undefined) throw new PublishError('not-stored', 'too-large', fault);
}

/** Throws a `TransportError` where a batch could never be full, or the broker does not grant that many. */
export function assertPrefetch({ prefetch, batchMax }: ConsumeOptions, prefetchMax = Infinity): void {
  if (prefetch >= batchMax && prefetch <= prefetchMax) return;
  const most = prefetchMax === Infinity ? '' : ` and at most ${prefetchMax}`;
  throw new TransportError(`prefetch (${prefetch}) must be at least batchMax (${batchMax})${most}.`, {
    setting: 'PREFETCH',
  });
}
