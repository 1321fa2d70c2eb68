import type { CreateApplication } from '#starting';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import { DIES_BEFORE_ANSWER } from './death.js';

/** An app that dies, where the request asks for it, between storing its command and sending the answer. */
export const createDying: CreateApplication = async (root, adapter) => {
  const server = adapter.getHttpServer() as Server;
  // Later than whoever looks at the server's listeners when it listens: submissions are to go the way that they always go.
  server.once('listening', () => setImmediate(() => dieBeforeAnswering(server)));
  return NestFactory.create<NestFastifyApplication>(root, adapter, { abortOnError: false });
};

function dieBeforeAnswering(server: Server): void {
  server.prependListener('request', (request, response) => {
    if (request.headers[DIES_BEFORE_ANSWER] === undefined) return;
    response.writeHead = () => {
      process.kill(process.pid, 'SIGKILL');
      return response;
    };
  });
}
