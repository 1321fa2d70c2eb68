import { Client, type ClientConfig } from 'pg';

/**
 * A connection whose loss ends no process. The pool hears of losses while a connection is idle, and TypeORM once it works with
 * it; a server that shuts down may say that a connection stands and that it ends in one packet, between the two.
 */
export class HeardClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
