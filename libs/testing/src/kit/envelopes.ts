import { timedCommandId, type Envelope } from '#messaging';
import type { Random } from '../random.js';

export interface EnvelopeOptions extends Partial<Omit<Envelope, 'body'>> {
  readonly body?: Uint8Array;
  readonly bytes?: number;
}

/** Makes envelopes of a run, numbered in the order in which they are made. */
export class EnvelopeMaker {
  readonly #random: Random;
  readonly #lanes: number;
  #made = 0;

  constructor(random: Random, lanes: number) {
    this.#random = random;
    this.#lanes = lanes;
  }

  /** Unless told otherwise: a lane drawn at random, and a small JSON body that names its number. */
  one(options: EnvelopeOptions = {}): Envelope {
    const { bytes, ...fields } = options;
    const number = ++this.#made;
    const lane = fields.lane ?? this.#random.integer(0, this.#lanes - 1);
    return Object.freeze({
      id: timedCommandId(Date.now()),
      type: 'kit.case.v1',
      source: 'urn:sluice:kit',
      partitionKey: `kit:${lane}`,
      timeMs: Date.now(),
      attributes: {},
      body: bytes === undefined ? Buffer.from(JSON.stringify({ number })) : this.#random.bytes(bytes),
      ...fields,
      lane,
    });
  }

  many(count: number, options: EnvelopeOptions = {}): Envelope[] {
    return Array.from({ length: count }, () => this.one(options));
  }

  /** `count` in each of the first `lanes` lanes, those of the lanes mixed. */
  inLanes(lanes: number, count: number): Envelope[] {
    return Array.from({ length: lanes * count }, (_, index) => this.one({ lane: index % lanes }));
  }
}

export const idsOf = (envelopes: readonly Envelope[]): string[] => envelopes.map(({ id }) => id);
