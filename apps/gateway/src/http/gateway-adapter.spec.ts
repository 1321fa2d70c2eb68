import { loadSettings } from '#settings';
import { until, within } from '#testing';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gatewaySettings } from '../settings.js';
import { configureGateway } from './configure-gateway.js';
import { createGatewayAdapter } from './gateway-adapter.js';
import { ProblemPagesController } from './problem-pages.controller.js';

@Module({ controllers: [ProblemPagesController] })
class PagesModule {}

describe('a gateway that takes two connections', () => {
  const settings = loadSettings(gatewaySettings, { env: { CONNECTIONS_MAX: '2' }, envFile: null }).values;
  const sockets: Socket[] = [];
  let app: NestFastifyApplication;
  let port: number;

  beforeAll(async () => {
    app = await NestFactory.create<NestFastifyApplication>(PagesModule, createGatewayAdapter(settings), {
      logger: false,
    });
    configureGateway(app, settings);
    await app.listen(0, '127.0.0.1');
    port = Number(new URL(await app.getUrl()).port);
  });

  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await app.close();
  });

  async function connection(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  /** The first line of the answer to one more request on the connection; `closed` when it ends without one. */
  async function ask(socket: Socket): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const onClose = () => resolve('closed');
    socket.once('close', onClose).once('data', (text) => resolve(String(text).split('\r\n')[0] ?? ''));
    socket.write('GET /problems/gone HTTP/1.1\r\nHost: localhost\r\n\r\n');
    if (socket.closed) onClose();
    const answer = await within(promise, 'the gateway answers or closes the connection');
    socket.off('close', onClose).removeAllListeners('data').resume();
    return answer;
  }

  it('closes a third one, goes on answering the two, and takes another when one of them has left', async () => {
    const [first, second] = [await connection(), await connection()];
    const answered = 'HTTP/1.1 200 OK';
    expect([await ask(first), await ask(second)]).toEqual([answered, answered]);
    expect(await ask(await connection())).toBe('closed');
    expect([await ask(first), await ask(second)]).toEqual([answered, answered]);
    first.destroy();
    await until(async () => (await ask(await connection())) === answered, 'a new connection is answered');
    expect(await ask(second)).toBe(answered);
  });
});
