import { seeded } from '#testing';
import { amount } from '../faults/length.js';
import { runCampaign } from './campaign.js';

const LENGTH_MS = amount(40_000, 300_000);

test(`${LENGTH_MS / 1_000} s of random faults: what clients were told is what is there`, async () => {
  const lines: string[] = [];
  const report = await runCampaign({ seed: seeded().seed, lengthMs: LENGTH_MS, log: (line) => lines.push(line) });
  const { faults, reckoning, violations } = report;
  process.stdout.write(`${faults} faults: ${reckoning.accepted} accepted and accounted for\n`);
  if (violations.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
  expect(violations).toEqual([]);
  expect(faults).toBeGreaterThan(0);
  expect(reckoning.accepted).toBeGreaterThan(0);
}, 900_000);
