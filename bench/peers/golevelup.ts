import { AmqpConnection, RabbitMQModule, RabbitSubscribe } from '@golevelup/nestjs-rabbitmq';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { listenWithNest, type Intake } from './nest-gateway.js';
import { BATCH_MAX, QUEUE, type Peer, type Surroundings } from './peer.js';
import { ReadingRow, type Command } from './reading.js';
import { insertReadings, tableModules } from './table.js';

const EXCHANGE = 'readings';
const PREFETCH = 1_000;
/** As Sluice's `BATCH_WAIT_MS`. */
const BATCH_WAIT_MS = 5;

const broker = (uri: string, consumes: boolean) =>
  RabbitMQModule.forRoot({
    uri,
    exchanges: [{ name: EXCHANGE, type: 'direct', options: { durable: true } }],
    queues: [
      { name: QUEUE, exchange: EXCHANGE, routingKey: QUEUE, options: { arguments: { 'x-queue-type': 'quorum' } } },
    ],
    defaultPublishOptions: { persistent: true },
    prefetchCount: PREFETCH,
    registerHandlers: consumes,
  });

@Injectable()
class ExchangeIntake implements Intake {
  constructor(private readonly connection: AmqpConnection) {}

  take(command: Command): Promise<unknown> {
    return this.connection.publish(EXCHANGE, QUEUE, command);
  }
}

@Injectable()
class ReadingsConsumer {
  constructor(@InjectRepository(ReadingRow) private readonly table: Repository<ReadingRow>) {}

  @RabbitSubscribe({
    exchange: EXCHANGE,
    routingKey: QUEUE,
    queue: QUEUE,
    queueOptions: { arguments: { 'x-queue-type': 'quorum' } },
    batchOptions: { size: BATCH_MAX, timeout: BATCH_WAIT_MS },
  })
  async recordMany(commands: readonly Command[]): Promise<void> {
    await insertReadings(this.table, commands);
  }
}

/** golevelup's module with its consumer-side batches: one insert and one acknowledgement for each. */
export const peer: Peer = {
  gateway: ({ port, rabbitmqUrl }: Surroundings) => listenWithNest(port, [broker(rabbitmqUrl, false)], ExchangeIntake),

  consumer: async ({ rabbitmqUrl, databaseUrl }: Surroundings) => {
    @Module({
      imports: [broker(rabbitmqUrl, true), ...tableModules(databaseUrl)] as never[],
      providers: [ReadingsConsumer],
    })
    class ConsumerModule {}
    await NestFactory.createApplicationContext(ConsumerModule, { logger: ['error', 'fatal'] });
  },
};
