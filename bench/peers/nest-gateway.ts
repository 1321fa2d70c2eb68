import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Module, Post, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Module as AnyModule } from './peer.js';
import { ReadingDto, type Command } from './reading.js';

/** Takes a command from the controller. Resolves when the queue, or the table, has stored it. */
export interface Intake {
  take(command: Command): Promise<unknown>;
}

/** The injection token of the peer's own `Intake`. */
export const INTAKE = Symbol('Intake');

@Controller('readings')
class ReadingsController {
  constructor(@Inject(INTAKE) private readonly intake: Intake) {}

  @Post()
  @HttpCode(202)
  async record(@Body() { deviceId, metric, value, observedAt }: ReadingDto): Promise<{ id: string }> {
    const commandId = randomUUID();
    await this.intake.take({ commandId, deviceId, metric, value, observedAt });
    return { id: commandId };
  }
}

/** The HTTP side that all peers on Nest have in common: its Fastify adapter, its `ValidationPipe`, one controller. */
export async function listenWithNest(
  port: number,
  imports: readonly AnyModule[],
  intake: new (...given: never[]) => Intake,
): Promise<void> {
  class GatewayModule {}
  const providers = [{ provide: INTAKE, useClass: intake }];
  Module({ imports: [...imports] as object[] as never[], controllers: [ReadingsController], providers })(GatewayModule);
  const app = await NestFactory.create(GatewayModule, new FastifyAdapter(), { logger: ['error', 'fatal'] });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }));
  await app.listen(port, '127.0.0.1');
}
