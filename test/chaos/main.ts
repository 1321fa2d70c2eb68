import { fork } from 'node:child_process';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { CampaignReport } from './campaign.js';

const SUBJECTS = ['in-process', 'tcp', 'rabbitmq', 'kafka', 'activemq', 'classic', 'nats'];
const MINUTE_MS = 60_000;
const SEED_MAX = 2 ** 32;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    seed: { type: 'string' },
    transport: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
  },
});
const seed = values.seed === undefined ? randomInt(SEED_MAX) : Number(values.seed);
const minutes = Number(values.minutes);
if (!Number.isSafeInteger(seed) || !(minutes > 0) || !SUBJECTS.includes(values.transport ?? 'tcp')) {
  console.error(
    `Usage: npm run chaos -- [--minutes 3] [--seed 42] [--transport ${SUBJECTS.join('|')}] [--set NAME=value]`,
  );
  process.exit(2);
}
// What a broken connection has left open must keep nobody waiting once the judgement is told.
process.exit(values.transport === undefined ? await eachInTurn() : await runOn(values.transport));

/** Each in a process of its own, since a process knows one transport. */
async function eachInTurn(): Promise<number> {
  let failed = 0;
  for (const transport of SUBJECTS) {
    const args = ['--transport', transport, '--seed', String(seed), '--minutes', String(minutes)];
    const child = fork(fileURLToPath(import.meta.url), [...args, ...values.set.flatMap((one) => ['--set', one])]);
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) failed++;
  }
  return failed === 0 ? 0 : 1;
}

async function runOn(transport: string): Promise<number> {
  globalThis.sluiceSubject = transport;
  const { runCampaign } = await import('./campaign.js');
  console.log(`${transport}: ${minutes} minutes, seed ${seed}`);
  const began = performance.now();
  const log = (line: string) =>
    console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
  const env = Object.fromEntries(values.set.map((one) => one.split('=', 2) as [string, string]));
  const report = await runCampaign({ seed, lengthMs: minutes * MINUTE_MS, log, env });
  console.log(describe(transport, report));
  return report.violations.length === 0 ? 0 : 1;
}

function describe(
  transport: string,
  { faults, counts, reckoning, tellings, settledMs, violations }: CampaignReport,
): string {
  const sorted = settledMs.toSorted((one, other) => one - other).map((ms) => Math.round(ms));
  const settled =
    sorted.length === 0 ? 'never looked' : `median ${sorted[sorted.length >> 1]} ms, most ${sorted.at(-1)} ms`;
  return [
    '',
    ...Object.entries(counts)
      .toSorted(([one], [other]) => one.localeCompare(other))
      .map(([name, count]) => `${String(count).padStart(5)}  ${name}`),
    `${transport}, seed ${seed}: ${faults} faults, ${reckoning.accepted} accepted ${JSON.stringify(reckoning.states)}, ` +
      `${tellings} tellings, all ended after a mending: ${settled}`,
    violations.length === 0
      ? 'Nothing is missing, doubled, reordered or told otherwise than it is.'
      : `${violations.length} violations; repeat with: npm run chaos -- --transport ${transport} --seed ${seed} --minutes ${minutes}`,
    ...violations,
  ].join('\n');
}
