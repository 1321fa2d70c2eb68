import type { CreateApplication } from '#starting';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { DIES_BEFORE_ANSWER } from './death.js';

/** An app that dies, where the request asks for it, between storing its command and sending the answer. */
export const createDying: CreateApplication = async (root, adapter) => {
  adapter.getInstance<FastifyInstance>().addHook('onSend', async (request) => {
    if (request.headers[DIES_BEFORE_ANSWER] !== undefined) process.kill(process.pid, 'SIGKILL');
  });
  return NestFactory.create<NestFastifyApplication>(root, adapter, { abortOnError: false });
};
