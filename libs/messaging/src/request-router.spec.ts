import { defineQuery } from '#contracts';
import { z } from 'zod';
import { RequestRouter } from './request-router.js';
import { RequestUnavailable } from './requests.js';

const Double = defineQuery({
  type: 'numbers.double.v1',
  summary: 'Double',
  payload: z.strictObject({ value: z.coerce.number() }),
  answer: z.number(),
});

describe('the request router', () => {
  test('hands a validated request to its responder', async () => {
    const router = new RequestRouter();
    router.register(Double, async ({ value }) => value * 2);
    await expect(router.ask(Double, { value: '21' as unknown as number }, 1_000)).resolves.toBe(42);
  });

  test('is unavailable while nobody answers', async () => {
    await expect(new RequestRouter().ask(Double, { value: 1 }, 1_000)).rejects.toThrow(RequestUnavailable);
  });

  test('is unavailable when the answer does not come by the deadline', async () => {
    const router = new RequestRouter();
    router.register(Double, () => new Promise(() => {}));
    await expect(router.ask(Double, { value: 1 }, 10)).rejects.toThrow(RequestUnavailable);
  });

  test('refuses what the contract does not allow', async () => {
    const router = new RequestRouter();
    router.register(Double, async () => 0);
    await expect(router.ask(Double, { value: 'x' as unknown as number }, 1_000)).rejects.toThrow(TypeError);
  });
});
