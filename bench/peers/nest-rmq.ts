import { Controller, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  Ctx,
  EventPattern,
  Payload,
  RmqContext,
  Transport,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { InjectRepository } from '@nestjs/typeorm';
import type { Channel, ConsumeMessage } from 'amqplib';
import { lastValueFrom } from 'rxjs';
import { Repository } from 'typeorm';
import { listenWithNest, type Intake } from './nest-gateway.js';
import { QUEUE, type Peer, type Surroundings } from './peer.js';
import { ReadingRow, type Command } from './reading.js';
import { insertReadings, tableModules } from './table.js';

const PATTERN = 'readings.record';
const PREFETCH = 1_000;

const queue = { queue: QUEUE, queueOptions: { durable: true, arguments: { 'x-queue-type': 'quorum' } } };

/** Nest's own RabbitMQ transport: persistent, awaited by its confirm, acknowledged by hand after the insert. */
export const peer: Peer = {
  gateway: async ({ port, rabbitmqUrl }: Surroundings) => {
    const client = ClientProxyFactory.create({
      transport: Transport.RMQ,
      options: { urls: [rabbitmqUrl], ...queue, persistent: true },
    });

    @Injectable()
    class RmqIntake implements Intake, OnModuleInit {
      onModuleInit(): Promise<unknown> {
        return client.connect();
      }

      take(command: Command): Promise<unknown> {
        return lastValueFrom(client.emit(PATTERN, command), { defaultValue: undefined });
      }
    }
    await listenWithNest(port, [], RmqIntake);
  },

  consumer: async ({ rabbitmqUrl, databaseUrl }: Surroundings) => {
    @Module({ imports: tableModules(databaseUrl) as never[], controllers: [ReadingsConsumer] })
    class ConsumerModule {}
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(ConsumerModule, {
      logger: ['error', 'fatal'],
      transport: Transport.RMQ,
      options: { urls: [rabbitmqUrl], ...queue, noAck: false, prefetchCount: PREFETCH },
    });
    await app.listen();
  },
};

@Controller()
class ReadingsConsumer {
  constructor(@InjectRepository(ReadingRow) private readonly table: Repository<ReadingRow>) {}

  @EventPattern(PATTERN)
  async record(@Payload() command: Command, @Ctx() context: unknown): Promise<void> {
    await insertReadings(this.table, [command]);
    const delivery = context as RmqContext;
    (delivery.getChannelRef() as Channel).ack(delivery.getMessage() as unknown as ConsumeMessage);
  }
}
