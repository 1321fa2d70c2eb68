/**
 * What the peers use of packages that are installed only when the bench runs, so that their code is checked without them.
 */
declare module 'class-validator' {
  export function IsISO8601(options?: { strict?: boolean }): PropertyDecorator;
  export function IsNumber(): PropertyDecorator;
  export function IsString(): PropertyDecorator;
  export function Length(min: number, max: number): PropertyDecorator;
}

declare module '@golevelup/nestjs-rabbitmq' {
  import type { DynamicModule } from '@nestjs/common';

  export class RabbitMQModule {
    static forRoot(config: object): DynamicModule;
  }
  export class AmqpConnection {
    publish(exchange: string, routingKey: string, message: object, options?: object): Promise<boolean>;
  }
  export function RabbitSubscribe(config: object): MethodDecorator;
}

declare module '@nestjs/typeorm' {
  import type { DynamicModule } from '@nestjs/common';

  export class TypeOrmModule {
    static forRoot(options: object): DynamicModule;
    static forFeature(entities: readonly unknown[]): DynamicModule;
  }
  export function InjectRepository(entity: unknown): ParameterDecorator;
}

declare module 'bullmq' {
  interface Connected {
    readonly connection: { readonly url: string };
  }
  export class Queue<Data> {
    constructor(name: string, options: Connected & { readonly defaultJobOptions?: object });
    add(name: string, data: Data, options?: { readonly jobId?: string }): Promise<unknown>;
    waitUntilReady(): Promise<unknown>;
  }
  export class Worker<Data> {
    constructor(
      name: string,
      run: (job: { readonly data: Data }) => Promise<void>,
      options: Connected & { readonly concurrency: number },
    );
    on(event: 'error', listener: (error: Error) => void): this;
    waitUntilReady(): Promise<unknown>;
  }
}

declare module 'pg-boss' {
  export class PgBoss {
    constructor(url: string);
    on(event: 'error', listener: (error: Error) => void): this;
    start(): Promise<unknown>;
    createQueue(name: string): Promise<void>;
    send(name: string, data: object, options?: { readonly id?: string }): Promise<string | null>;
    work<Data>(
      name: string,
      options: { readonly batchSize: number; readonly pollingIntervalSeconds: number },
      run: (jobs: readonly { readonly data: Data }[]) => Promise<void>,
    ): Promise<string>;
  }
}
