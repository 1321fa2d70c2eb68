import { GatewayModule, type GatewaySettings } from '#gateway';
import { RequestRouter, type Transport } from '#messaging';
import { PersistenceModule, type PersistenceSettings } from '#persistence';
import { Module, type DynamicModule } from '@nestjs/common';

export interface StandaloneParts {
  readonly settings: GatewaySettings & PersistenceSettings;
  readonly databaseUrl: string;
  readonly transport: Transport;
  /** Hears why commands can never be taken with these settings. */
  readonly onRefused?: (reason: unknown) => void;
}

/** Gateway and persistence in one process: one transport between them, and requests answered without a network. */
@Module({})
export class StandaloneModule {
  static forRoot({ settings, databaseUrl, transport, onRefused }: StandaloneParts): DynamicModule {
    const router = new RequestRouter();
    return {
      module: StandaloneModule,
      imports: [
        PersistenceModule.forRoot({ settings, databaseUrl, transport, router, ...(onRefused && { onRefused }) }),
        GatewayModule.forRoot({ settings, transport, requests: router }),
      ],
    };
  }
}
