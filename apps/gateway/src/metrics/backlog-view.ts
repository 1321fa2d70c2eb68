import { TRANSPORT, type Backlog, type Transport } from '#messaging';
import { Inject, Injectable } from '@nestjs/common';

const FRESH_MS = 500;

/** The transport's backlog, read at most twice a second however many ask. */
@Injectable()
export class BacklogView {
  readonly #transport: Transport;
  #reading: Promise<Backlog> | undefined;
  #readAt = 0;

  constructor(@Inject(TRANSPORT) transport: Transport) {
    this.#transport = transport;
  }

  /** Rejects as the transport does. */
  read(): Promise<Backlog> {
    const now = performance.now();
    if (this.#reading === undefined || now - this.#readAt > FRESH_MS) {
      this.#readAt = now;
      this.#reading = this.#transport.backlog();
    }
    return this.#reading;
  }
}
