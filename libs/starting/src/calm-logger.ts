import { ConsoleLogger } from '@nestjs/common';

/** What Nest tells of every module and route at each start. */
const START_UP_CHATTER = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest's logger without its start-up chatter, and without colours where no terminal shows them. */
export class CalmLogger extends ConsoleLogger {
  constructor() {
    super({ colors: process.stdout.isTTY === true });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context !== 'string' || !START_UP_CHATTER.has(context)) super.log(message, ...rest);
  }

  /** Without what Nest tells of a port that it cannot listen on: the start fails with the same, and with advice. */
  override error(message: unknown, ...rest: unknown[]): void {
    const isListenError = rest.at(-1) === 'NestApplication' && /^Error: (listen|getaddrinfo) /.test(String(message));
    if (!isListenError) super.error(message, ...rest);
  }
}
