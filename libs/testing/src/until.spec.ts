import { until, within } from './until.js';

test('until returns the first truthy value', async () => {
  let polls = 0;
  await expect(until(() => (++polls === 3 ? 'third' : ''), 'the third poll')).resolves.toBe('third');
});

test('until gives up with what was waited for and what was seen last', async () => {
  await expect(until(() => 0, 'a number appears', 20)).rejects.toThrow(
    'Waited 20 ms in vain until a number appears; last, it was 0.',
  );
});

test('until goes on after a condition that threw, and names the error when that was the last it saw', async () => {
  let polls = 0;
  const twice = () => {
    if (++polls < 3) throw new Error('not yet');
    return true;
  };
  await expect(until(twice, 'it stops throwing')).resolves.toBe(true);
  const always = () => Promise.reject(new Error('never'));
  await expect(until(always, 'it stops throwing', 20)).rejects.toThrow('it threw Error: never');
});

test('within passes a result and an error on, and rejects what does not settle', async () => {
  await expect(within(Promise.resolve(7), 'seven')).resolves.toBe(7);
  await expect(within(Promise.reject(new Error('own')), 'seven')).rejects.toThrow('own');
  await expect(within(new Promise(() => undefined), 'seven comes', 20)).rejects.toThrow('in vain until seven comes');
});
