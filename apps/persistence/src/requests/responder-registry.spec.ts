import { Catalogue, defineQuery } from '#contracts';
import { RequestRouter, RequestUnavailable } from '#messaging';
import { Module, type Type } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { z } from 'zod';

import { TransactionFailure } from '../database/error-table.js';
import { Answers } from '../handling/decorators.js';
import { registerResponders } from './responder-registry.js';

const text = z.strictObject({ text: z.string() });
const Echo = defineQuery({ type: 'test.echo.v1', summary: 'Echo', payload: text, answer: text });
const Fail = defineQuery({ type: 'test.fail.v1', summary: 'Fail', payload: text, answer: text });

@Answers(Echo)
class EchoResponder {
  answer = (payload: { text: string }) => Promise.resolve(payload);
}

@Answers(Echo)
class SecondEchoResponder extends EchoResponder {}

@Answers(Fail)
class FailResponder {
  answer(): Promise<never> {
    throw new TransactionFailure('pool', new Error('not reached yet'));
  }
}

async function register(providers: Type[], contracts = [Echo, Fail]): Promise<RequestRouter> {
  @Module({ imports: [DiscoveryModule], providers })
  class Responders {}
  const context = await Test.createTestingModule({ imports: [Responders] }).compile();
  const router = new RequestRouter();
  registerResponders(context.get(DiscoveryService), new Catalogue(contracts), router);
  return router;
}

test('a request is answered by the responder of its contract', async () => {
  const router = await register([EchoResponder, FailResponder]);
  expect(await router.ask(Echo, { text: 'hello' }, 1_000)).toEqual({ text: 'hello' });
});

test('a database that is away reaches the asker as unavailable', async () => {
  const router = await register([EchoResponder, FailResponder]);
  await expect(router.ask(Fail, { text: '' }, 1_000)).rejects.toThrow(RequestUnavailable);
});

test('a contract without a responder stops the start, with both sides named', async () => {
  await expect(register([EchoResponder])).rejects.toThrow(/'test\.fail\.v1' has no responder.*EchoResponder/);
});

test('a responder without a contract stops the start, with both named', async () => {
  const started = register([EchoResponder, FailResponder], [Echo]);
  await expect(started).rejects.toThrow(/FailResponder answers 'test\.fail\.v1', which is not in the catalogue/);
});

test('two responders of one contract stop the start, with both named', async () => {
  const started = register([EchoResponder, SecondEchoResponder, FailResponder]);
  await expect(started).rejects.toThrow(/'test\.echo\.v1' has two responders, EchoResponder and SecondEchoResponder/);
});
