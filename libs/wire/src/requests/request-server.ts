import { BaseRpcContext, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';

import type { LinkLimits } from '../limits.js';
import type { Frame, Link } from '../link.js';
import { LinkServer } from '../link-server.js';
import { RefusalLog } from '../refusal-log.js';
import type { LinkSecurity } from '../security.js';
import { questionOf, replyFrame, REQUEST_PATTERN, REQUESTS_SERVICE, type Question, type Reply } from './protocol.js';

const IN_HAND_MAX = 512;

export interface RequestServerOptions {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly security?: LinkSecurity;
  /** What this process is called in the logs of the others. */
  readonly instance: string;
  /** How long `close` waits for what is in hand. */
  readonly shutdownMs: number;
  /** Requests in hand at the same time, of all gateways; more are not taken, so that another process is asked. */
  readonly inHandMax?: number;
  readonly limits?: Partial<LinkLimits>;
}

/**
 * The other end of `RemoteRequests`, as a strategy of a Nest microservice:
 *
 *     const server = new RequestServer({ host, port, security: wireSecurityOf(settings), instance, shutdownMs });
 *     const app = await NestFactory.createMicroservice(RootModule, { strategy: server });   // RootModule imports
 *     await app.listen();                                // RequestsModule.forRoot(router, catalogue.requests)
 *     …
 *     await app.close();   // first lets what is in hand be answered, then runs the shutdown hooks
 *
 * Nest's pattern and handler are used, not its `ServerTCP`: see `LinkServer`.
 */
export class RequestServer extends Server implements CustomTransportStrategy {
  readonly #options: RequestServerOptions;
  readonly #links: LinkServer;
  #inHand = 0;
  #idle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /** Throws a `TransportError` when a TLS file cannot be used. */
  constructor(options: RequestServerOptions) {
    super();
    this.#options = options;
    const { host, port, security, instance, limits } = options;
    const refusals = new RefusalLog(REQUESTS_SERVICE);
    this.#links = new LinkServer(
      {
        host,
        port,
        portSetting: 'REQUESTS_PORT',
        service: REQUESTS_SERVICE,
        greeting: { role: 'persistence', instance },
        ...(security && { security }),
        ...(limits && { limits }),
        onRefused: (peer, reason) => refusals.note(peer, reason),
      },
      {
        onOpen: () => undefined,
        onFrame: (link, frame) => this.#take(link, frame),
        onDrain: () => undefined,
        onPeerDraining: () => undefined,
        onClosed: () => undefined,
      },
    );
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#links.port;
  }

  /** Calls back with a `TransportError` when it cannot listen. */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    let fault: unknown;
    try {
      await this.#links.listen();
    } catch (error) {
      fault = error;
    }
    callback(fault);
  }

  /** Idempotent. Takes nothing new, so that gateways ask another process; answers what is in hand, as far as `shutdownMs` lets. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** It has no events of its own. */
  on(): void {}

  unwrap<Unwrapped>(): Unwrapped {
    return this.#links as Unwrapped;
  }

  async #close(): Promise<void> {
    this.#links.drain();
    if (this.#inHand > 0) await this.#untilIdle();
    await this.#links.close('persistence stopped');
  }

  async #untilIdle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    const timer = setTimeout(resolve, this.#options.shutdownMs);
    await promise;
    clearTimeout(timer);
  }

  #take(link: Link, frame: Frame): void {
    const { id, ...question } = questionOf(frame);
    const inHandMax = this.#options.inHandMax ?? IN_HAND_MAX;
    if (this.#closing) reply(link, id, { result: 'not-taken', message: 'This persistence process is stopping.' });
    else if (this.#inHand >= inHandMax) {
      reply(link, id, { result: 'not-taken', message: `${inHandMax} requests are in hand already.` });
    } else void this.#answer(link, id, question);
  }

  async #answer(link: Link, id: number, question: Question): Promise<void> {
    this.#inHand += 1;
    try {
      reply(link, id, await this.#handled(link, question));
    } finally {
      this.#inHand -= 1;
      if (this.#inHand === 0) this.#idle?.();
    }
  }

  async #handled(link: Link, question: Question): Promise<Reply> {
    try {
      const handler = this.getHandlerByPattern(REQUEST_PATTERN);
      if (!handler) throw new Error('No controller answers requests: import RequestsModule.');
      const result: unknown = await handler(question, new BaseRpcContext([link.peer]));
      return (await lastValueFrom(this.transformToObservable(result))) as Reply;
    } catch (error) {
      this.logger.error(error, `'${question.type}' failed.`);
      return { result: 'unavailable', message: `Persistence failed to answer '${question.type}'; its log tells why.` };
    }
  }
}

/** A gateway that went away gets none; one whose answer cannot be sent is told why. */
function reply(link: Link, id: number, content: Reply): void {
  try {
    link.send(replyFrame(id, content));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    link.send(replyFrame(id, { result: 'unavailable', message: `The answer cannot be sent: ${why}.` }));
  }
}
