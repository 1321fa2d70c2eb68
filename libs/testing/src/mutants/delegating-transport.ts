import type {
  Backlog,
  ConsumeOptions,
  Consumer,
  Envelope,
  Guarantees,
  OnBatch,
  Receipt,
  Transport,
  TransportHealth,
} from '#messaging';

/** Passes every call on, so that a mutant is only the one call that it gets wrong. */
export class DelegatingTransport implements Transport {
  readonly name: string;
  readonly guarantees: Guarantees;
  readonly health: TransportHealth;
  readonly healthy: Transport;

  constructor(healthy: Transport) {
    this.healthy = healthy;
    this.name = healthy.name;
    this.guarantees = healthy.guarantees;
    this.health = healthy.health;
  }

  open(): Promise<void> {
    return this.healthy.open();
  }

  publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    return this.healthy.publish(envelope, deadlineMs);
  }

  consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    return this.healthy.consume(options, onBatch);
  }

  notify(notice: Uint8Array): void {
    this.healthy.notify(notice);
  }

  listen(onNotice: (notice: Uint8Array) => void): () => void {
    return this.healthy.listen(onNotice);
  }

  backlog(): Promise<Backlog> {
    return this.healthy.backlog();
  }

  close(deadlineMs: number): Promise<void> {
    return this.healthy.close(deadlineMs);
  }
}
