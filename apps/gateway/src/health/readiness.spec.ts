import { LedgerStanding } from '#contracts';
import { REQUESTS, RequestRouter, RequestUnavailable, TRANSPORT, type HealthState } from '#messaging';
import { loadSettings } from '#settings';
import { MemoryBroker, MemoryTransport } from '#testing';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { configureGateway } from '../http/configure-gateway.js';
import { createGatewayAdapter } from '../http/gateway-adapter.js';
import { AcceptanceReporter } from '../metrics/acceptance-reporter.js';
import { PublishMeter } from '../metrics/publish-meter.js';
import { gatewaySettings } from '../settings.js';
import { HealthController } from './health.controller.js';
import { readyReport } from './health-report.js';
import { Readiness } from './readiness.js';

describe('GET /health/ready', () => {
  const transport = new MemoryTransport(new MemoryBroker(4));
  const requests = new RequestRouter();
  const settings = loadSettings(gatewaySettings, { env: {}, envFile: null }).values;
  let databaseAway: boolean;
  let app: NestFastifyApplication;

  @Module({
    controllers: [HealthController],
    providers: [
      Readiness,
      AcceptanceReporter,
      { provide: PublishMeter, useValue: new PublishMeter([], 4) },
      { provide: TRANSPORT, useValue: transport },
      { provide: REQUESTS, useValue: requests },
    ],
  })
  class HealthModule {}

  beforeAll(async () => {
    requests.register(LedgerStanding, async () => {
      if (databaseAway) throw new RequestUnavailable('The database is away.');
      return { retrying: 1, parked: 2, dead: 3, oldestWaitingAt: null };
    });
    await transport.open();
    app = await NestFactory.create<NestFastifyApplication>(HealthModule, createGatewayAdapter(settings), {
      logger: false,
    });
    configureGateway(app, settings);
    await app.listen(0, '127.0.0.1');
  });

  beforeEach(() => {
    databaseAway = false;
    transport.health.set({ status: 'up' });
  });

  afterAll(async () => {
    await app.close();
    await transport.close(1_000);
  });

  async function ready() {
    const response = await fetch(`${await app.getUrl()}/health/ready`);
    return { httpStatus: response.status, ...readyReport.parse(await response.json()) };
  }

  it.each<HealthState>([
    { status: 'down', reason: 'The broker does not answer.' },
    { status: 'blocked', reason: 'The disk is full.' },
  ])('is 503 while the transport is $status, says why, and 200 again afterwards', async (state) => {
    transport.health.set(state);
    expect(await ready()).toMatchObject({ httpStatus: 503, status: 'not-ready', transport: state });
    transport.health.set({ status: 'up' });
    expect(await ready()).toMatchObject({ httpStatus: 200, status: 'ready', transport: { status: 'up' } });
  });

  it('is 503 while both the transport and the database are away, and tells of each', async () => {
    transport.health.set({ status: 'down', reason: 'The broker does not answer.' });
    databaseAway = true;
    expect(await ready()).toMatchObject({
      httpStatus: 503,
      transport: { status: 'down', reason: 'The broker does not answer.' },
      ledger: { status: 'unavailable', reason: 'The database is away.' },
    });
  });

  it('counts what the ledger still has to do, and is only degraded when it cannot', async () => {
    expect((await ready()).ledger).toEqual({ status: 'reached', retrying: 1, parked: 2, dead: 3 });
    databaseAway = true;
    expect(await ready()).toMatchObject({ httpStatus: 200, status: 'degraded' });
  });
});
