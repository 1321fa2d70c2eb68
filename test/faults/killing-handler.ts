import { PlaceOrderHandler } from '#persistence';
import type { CreateApplication } from '#starting';
import { Test } from '@nestjs/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { KILLER } from './killer.js';

class KillingHandler extends PlaceOrderHandler {
  override async handleBatch(...[commands, unit]: Parameters<PlaceOrderHandler['handleBatch']>) {
    const result = await super.handleBatch(commands, unit);
    if (commands.some(({ payload }) => payload.customerId === KILLER)) process.kill(process.pid, 'SIGKILL');
    return result;
  }
}

/** An app with one handler replaced. */
export const createWithKiller: CreateApplication = async (root, adapter) => {
  const builder = Test.createTestingModule({ imports: [root] });
  const testing = await builder.overrideProvider(PlaceOrderHandler).useClass(KillingHandler).compile();
  return testing.createNestApplication<NestFastifyApplication>(adapter);
};
