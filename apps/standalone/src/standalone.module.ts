import { GatewayModule, type GatewaySettings } from '#gateway';
import { RequestRouter, type Transport } from '#messaging';
import { PersistenceModule, type Drained, type PersistenceSettings } from '#persistence';
import { Exposition } from '#starting';
import { Module, type DynamicModule } from '@nestjs/common';

export interface StandaloneParts {
  readonly settings: GatewaySettings & PersistenceSettings;
  readonly databaseUrl: string;
  readonly transport: Transport;
  /** What commands are moved from, where DRAIN_FROM says so. */
  readonly drained?: Drained | undefined;
  /** Hears why commands can never be taken with these settings. */
  readonly onRefused?: (reason: unknown) => void;
}

/** Gateway and persistence in one process: one transport between them, and requests answered without a network. */
@Module({})
export class StandaloneModule {
  static forRoot({ settings, databaseUrl, transport, drained, onRefused }: StandaloneParts): DynamicModule {
    const router = new RequestRouter();
    const exposition = new Exposition();
    return {
      module: StandaloneModule,
      imports: [
        PersistenceModule.forRoot({
          settings,
          databaseUrl,
          transport,
          drained,
          router,
          exposition,
          ...(onRefused && { onRefused }),
        }),
        GatewayModule.forRoot({ settings, transport, requests: router, exposition }),
      ],
    };
  }
}
