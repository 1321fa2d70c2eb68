import { until, within } from '#testing';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Agent, get, type IncomingMessage } from 'node:http';
import { closeApplication, listen } from './listen.js';

const DEADLINE_MS = 30_000;
const SOON_MS = 10_000;

const asked = Promise.withResolvers<void>();
const answer = Promise.withResolvers<string>();

@Controller()
class SlowController {
  @Get()
  slow(): Promise<string> {
    asked.resolve();
    return answer.promise;
  }
}

@Module({ controllers: [SlowController] })
class SlowModule {}

test('an answer that is given while the application closes keeps its connection, and the close, from nothing', async () => {
  const adapter = new FastifyAdapter({ forceCloseConnections: 'idle' });
  const app = await NestFactory.create<NestFastifyApplication>(SlowModule, adapter, { logger: false });
  const place = { host: '127.0.0.1', port: 0, settings: { host: 'HOST', port: 'PORT' } };
  const url = await listen(app, place);
  const agent = new Agent({ keepAlive: true });
  const answered = new Promise<IncomingMessage>((resolve) => get(url, { agent }, resolve));
  await asked.promise;
  const closed = closeApplication(app, DEADLINE_MS);
  await until(() => !app.getHttpServer().listening, 'the server takes no more connections');
  answer.resolve('late');
  expect((await answered).resume().statusCode).toBe(200);
  await within(closed, 'the application has closed', SOON_MS);
  agent.destroy();
});
