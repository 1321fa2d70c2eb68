import { Catalogue, relaxedStream } from '#contracts';
import { seeded } from '#testing';
import { entryOf } from './decode.js';
import { defineThing, envelopeOf, one } from './engine.fixture.js';
import { isRunnable } from './entry.js';
import { HandlerRegistry } from './handler-registry.js';
import { wavesOf } from './waves.js';

const place = defineThing({ type: 'test.place.v1' });
const cancel = defineThing({ type: 'test.cancel.v1' });
const log = defineThing({ type: 'test.log.v1', stream: relaxedStream('log') });
const contracts = [place, cancel, log] as const;
const handler = one(async () => undefined);
const registry = new HandlerRegistry(
  new Catalogue([...contracts]),
  contracts.map((contract) => ({ contract, handler })),
);

test('whatever the batch, a strict key occurs once per wave, in its order, and nothing is lost', () => {
  const random = seeded();
  for (let round = 0; round < 50; round++) {
    const entries = Array.from({ length: random.integer(1, 60) }, (_, n) =>
      entryOf(envelopeOf(random.pick(contracts), { key: `k${random.integer(0, 9)}`, act: `${n}` }), 0, registry, 0),
    ).filter(isRunnable);
    const waves = wavesOf(entries).map((wave) => wave.flatMap((group) => group.entries));
    for (const wave of waves) {
      const strict = wave.filter((entry) => entry.strict).map((entry) => entry.key);
      expect(new Set(strict).size).toBe(strict.length);
    }
    const ran = waves.flat();
    expect(new Set(ran)).toEqual(new Set(entries));
    for (const key of new Set(entries.map((entry) => entry.key))) {
      const ofKey = (list: typeof entries) => list.filter((entry) => entry.strict && entry.key === key);
      expect(ofKey(ran)).toEqual(ofKey(entries));
    }
  }
});

test('the commands of a contract in a wave are one group', () => {
  const entries = [log, log, place, log].map((contract, n) =>
    entryOf(envelopeOf(contract, { key: `${n}` }), 0, registry, 0),
  );
  const waves = wavesOf(entries.filter(isRunnable));
  expect(waves.map((wave) => wave.map((group) => group.entries.length))).toEqual([[3, 1]]);
});
