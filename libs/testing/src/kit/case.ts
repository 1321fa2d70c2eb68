import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from 'node:crypto';
import { randomFrom } from '../random.js';
import { Bench } from './bench.js';
import { assertNothingLeft, openResources } from './leaks.js';
import type { Need, Subject } from './subject.js';

/** One thing that a transport must prove. It throws when the transport does not. */
export interface Case {
  /** As listed in the catalogue of cases: `12`, or `16b` for a variant. */
  readonly number: string;
  /** Completes the sentence 'The transport …'. */
  readonly claim: string;
  readonly needs?: readonly Need[];
  run(bench: Bench): Promise<void>;
}

const PATIENCE_MS = 60_000;

/**
 * Runs one case on a fresh queue, closes all that it opened, and fails if anything stays open. `patienceMs` is how long it
 * waits for deliveries that must come.
 */
export async function runCase(theCase: Case, subject: Subject, seed: number, patienceMs = PATIENCE_MS): Promise<void> {
  const before = openResources();
  const directory = await mkdtemp(join(tmpdir(), 'sluice-kit-'));
  const random = randomFrom(Number.parseInt(hash('sha256', `${seed}:${theCase.number}`, 'hex').slice(0, 8), 16));
  const bench = new Bench(subject, directory, `case-${theCase.number}`, random, patienceMs);
  try {
    await theCase.run(bench);
  } finally {
    await closed(bench, directory);
  }
  await assertNothingLeft(before);
}

async function closed(bench: Bench, directory: string): Promise<void> {
  try {
    await bench.close();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
