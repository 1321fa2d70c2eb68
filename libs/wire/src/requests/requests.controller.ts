import type { RequestContract } from '#contracts';
import { RequestRefused, RequestRouter, RequestUnavailable } from '#messaging';
import { Controller, Inject, Logger, Module, type DynamicModule } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { randomUUID } from 'node:crypto';

import { REQUEST_PATTERN, type Question, type Reply } from './protocol.js';

const CONTRACTS = Symbol('request contracts');

/** Hands every question to the router of this process, and makes a reply of whatever becomes of it. Never throws. */
@Controller()
export class RequestsController {
  readonly #logger = new Logger('Requests');

  constructor(
    private readonly router: RequestRouter,
    @Inject(CONTRACTS) private readonly contracts: ReadonlyMap<string, RequestContract>,
  ) {}

  @MessagePattern(REQUEST_PATTERN)
  async answer(@Payload() { type, payload, deadlineMs }: Question): Promise<Reply> {
    const contract = this.contracts.get(type);
    if (!contract) return unavailable(`Persistence knows no '${type}': run the same release at both ends.`);
    try {
      return { result: 'answered', answer: await this.router.ask(contract, payload, deadlineMs) };
    } catch (error) {
      return this.#replyOf(error, type);
    }
  }

  #replyOf(error: unknown, type: string): Reply {
    if (error instanceof RequestUnavailable) return unavailable(error.message);
    if (error instanceof RequestRefused) return { result: 'refused', pointer: error.pointer, detail: error.detail };
    const errorId = randomUUID();
    this.#logger.error(error, `'${type}' failed; errorId ${errorId}.`);
    return unavailable(`Persistence failed to answer '${type}'; its log tells why, under the errorId ${errorId}.`);
  }
}

/** Lets a Nest microservice on a `RequestServer` answer what the router knows. */
@Module({})
export class RequestsModule {
  static forRoot(router: RequestRouter, contracts: ReadonlyMap<string, RequestContract>): DynamicModule {
    return {
      module: RequestsModule,
      controllers: [RequestsController],
      providers: [
        { provide: RequestRouter, useValue: router },
        { provide: CONTRACTS, useValue: contracts },
      ],
    };
  }
}

function unavailable(message: string): Reply {
  return { result: 'unavailable', message };
}
