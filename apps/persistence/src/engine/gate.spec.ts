import { seeded } from '#testing';
import { Gate } from './gate.js';

test('who runs alone runs while nobody else does, and everybody has a turn', async () => {
  const random = seeded();
  const gate = new Gate();
  let beside = 0;
  let alone = 0;
  let seenTogether = 0;
  let disturbed = 0;
  let done = 0;
  const pause = async () => {
    for (let turns = random.integer(0, 5); turns > 0; turns--) await Promise.resolve();
  };
  const works = Array.from({ length: 500 }, async () => {
    await pause();
    if (random.next() < 0.2) {
      await gate.alone(async () => {
        alone++;
        if (alone > 1 || beside > 0) disturbed++;
        await pause();
        alone--;
      });
    } else {
      await gate.beside(async () => {
        beside++;
        if (alone > 0) disturbed++;
        seenTogether = Math.max(seenTogether, beside);
        await pause();
        beside--;
      });
    }
    done++;
  });
  await Promise.all(works);
  expect(disturbed).toBe(0);
  expect(done).toBe(500);
  expect(seenTogether).toBeGreaterThan(1);
});

test('a failure lets the next one in', async () => {
  const gate = new Gate();
  const fail = () => Promise.reject(new Error('It failed.'));
  await expect(gate.alone(fail)).rejects.toThrow('It failed.');
  await expect(gate.beside(fail)).rejects.toThrow('It failed.');
  await expect(gate.alone(async () => 'in')).resolves.toBe('in');
});
