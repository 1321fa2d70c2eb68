import { within } from '#testing';
import { StartedParts } from './started-parts.js';

test('parts stop in the reverse order, one after the other, and once', async () => {
  const stopped: string[] = [];
  const parts = new StartedParts(1_000);
  for (const name of ['transport', 'database', 'application']) {
    parts.add(async () => {
      await Promise.resolve();
      stopped.push(name);
    });
  }
  await Promise.all([parts.close(), parts.close()]);
  expect(stopped).toEqual(['application', 'database', 'transport']);
});

test('one that cannot stop hinders no other, and is told', async () => {
  let stopped = false;
  const parts = new StartedParts(1_000);
  parts.add(async () => {
    stopped = true;
  });
  parts.add(() => Promise.reject(new Error('3 commands are left.')));
  await expect(parts.close()).rejects.toThrow('3 commands are left.');
  expect(stopped).toBe(true);
});

test('the deadline is for all together, and the last still has a moment', async () => {
  const lefts: number[] = [];
  const parts = new StartedParts(0);
  parts.add(async (leftMs) => void lefts.push(leftMs));
  await parts.close();
  expect(lefts).toEqual([250]);
});

test('one that never stops is left behind', async () => {
  let stopped = false;
  const parts = new StartedParts(0);
  parts.add(async () => {
    stopped = true;
  });
  parts.add(() => new Promise(() => undefined));
  await within(parts.close(), 'the parts have closed');
  expect(stopped).toBe(true);
});
