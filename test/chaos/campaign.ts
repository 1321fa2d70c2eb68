import { randomFrom, within } from '#testing';
import { Clients } from '../faults/clients.js';
import { pass } from '../faults/length.js';
import { reckon, type Reckoning } from '../faults/reckoning.js';
import { TRANSPORT } from '../product/transport-under-test.js';
import { faultSet } from './fault-set.js';
import { Hearing } from './hearing.js';
import { describeRound, scheduleOf, type Disruption, type Round } from './schedule.js';
import { Settlement } from './settlement.js';
import { createSite, type Site } from './site.js';

export interface CampaignOptions {
  readonly seed: number;
  /** No round begins after it. */
  readonly lengthMs: number;
  /** Further settings of all processes. */
  readonly env?: Readonly<Record<string, string>>;
  readonly log?: (line: string) => void;
}

export interface CampaignReport {
  readonly faults: number;
  /** How often each fault was begun. */
  readonly counts: Readonly<Record<string, number>>;
  readonly reckoning: Reckoning;
  /** How many times clients were told of an operation. */
  readonly tellings: number;
  /** How long after the last mending of a round all that was accepted until then had ended, in milliseconds. */
  readonly settledMs: readonly number[];
  /** Everything that must not be; empty if all is well. */
  readonly violations: readonly string[];
}

const CLIENTS_PER_GATEWAY = 4;
const PAUSE_MS = 60;
const WAIT_SHARE = 0.2;
const READY_MS_MAX = 120_000;
const MEND_MS_MAX = 300_000;
const SETTLE_MS_MAX = 120_000;
const LOAD_SEED = 1;
const OUTPUT_LINES = 25;
const EXAMPLES = 5;

/** Breaks a site under load by the schedule of a seed, and compares in the end what clients were told with what is there. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const site = await createSite(options.env);
  try {
    return await new Campaign(site, options).run();
  } finally {
    await site.remove();
  }
}

class Campaign {
  readonly #hearing: Hearing;
  readonly #crowds: readonly Clients[];
  readonly #settlement: Settlement;
  readonly #violations: string[] = [];
  readonly #counts: Record<string, number> = {};
  readonly #settledMs: number[] = [];
  readonly #log: (line: string) => void;

  constructor(
    private readonly site: Site,
    private readonly options: CampaignOptions,
  ) {
    const random = randomFrom(options.seed + LOAD_SEED);
    const urls = site.gateways.map(({ url }) => url) as [string, ...string[]];
    this.#log = options.log ?? (() => undefined);
    this.#hearing = new Hearing(urls, random);
    this.#settlement = new Settlement(site.databaseUrl);
    this.#crowds = urls.map(
      (url) =>
        new Clients(url, random, {
          clients: CLIENTS_PER_GATEWAY,
          pauseMs: PAUSE_MS,
          waitShare: WAIT_SHARE,
          onOperation: this.#hearing.note,
        }),
    );
  }

  async run(): Promise<CampaignReport> {
    for (const crowd of this.#crowds) crowd.start();
    const began = performance.now();
    const schedule = scheduleOf(this.options.seed, faultSet(this.options.env));
    for (let index = 0; performance.now() - began < this.options.lengthMs && !this.#broken; index++) {
      await this.#play(index, schedule.next().value);
    }
    return this.#report();
  }

  get #broken(): boolean {
    return this.#violations.length > 0;
  }

  async #play(index: number, round: Round): Promise<void> {
    const line = describeRound(index, round);
    this.#log(line);
    await pass(round.calmMs);
    const played = Promise.all(round.disruptions.map((disruption) => this.#disrupt(disruption)));
    await within(played, 'every fault of the round is mended', MEND_MS_MAX).catch((error: unknown) =>
      this.#violate(`${line}: ${String(error)}`),
    );
    if (round.settles && !this.#broken) await this.#settle(line);
  }

  async #disrupt({ fault, afterMs, lastsMs, seed }: Disruption): Promise<void> {
    await pass(afterMs);
    this.#counts[fault.name] = (this.#counts[fault.name] ?? 0) + 1;
    const mend = await fault.begin(this.site, randomFrom(seed));
    await pass(lastsMs);
    await mend();
  }

  /** All that has been accepted by now must end, though the load goes on. */
  async #settle(line: string): Promise<void> {
    try {
      const ms = await this.#settlement.of(this.#accepted(), SETTLE_MS_MAX);
      this.#settledMs.push(ms);
      this.#log(`  all had ended after ${Math.round(ms)} ms`);
    } catch (error) {
      this.#violate(`${line}: ${String(error)}`);
    }
  }

  #accepted(): string[] {
    return this.#crowds.flatMap(({ told, readings }) => [...told.map(({ commandId }) => commandId), ...readings]);
  }

  async #report(): Promise<CampaignReport> {
    const stopped = Promise.all(this.#crowds.map((crowd) => crowd.stop()));
    await within(stopped, 'every client has ended its order', MEND_MS_MAX).catch((error: unknown) =>
      this.#violate(String(error)),
    );
    const told = this.#crowds.flatMap((crowd) => crowd.told);
    const readings = new Set(this.#crowds.flatMap((crowd) => [...crowd.readings]));
    await reckon(this.site.databaseUrl, { told, readings }, SETTLE_MS_MAX);
    await within(this.#allReady(), 'every gateway is ready', READY_MS_MAX).catch((error: unknown) =>
      this.#violate(String(error)),
    );
    await this.#hearing.askForAll();
    const { tellings } = this.#hearing;
    const reckoning = await reckon(this.site.databaseUrl, { told, readings, tellings, complete: true });
    this.#judge(reckoning);
    for (const process of this.site.processes) if (!process.running) this.#violate(`${process.url} does not run.`);
    if (this.#broken) this.#logOutputs();
    return {
      faults: Object.values(this.#counts).reduce((sum, count) => sum + count, 0),
      counts: this.#counts,
      reckoning,
      tellings: tellings.length,
      settledMs: this.#settledMs,
      violations: this.#violations,
    };
  }

  async #allReady(): Promise<void> {
    for (const { url } of this.site.gateways) {
      for (;;) {
        const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
        if (((await answer?.json()) as { status?: string } | undefined)?.status === 'ready') break;
        await pass(100);
      }
    }
  }

  #judge(reckoning: Reckoning): void {
    const { missing, wrong, effects, overtaking, untrue, strangers, attemptsBurnt, states, accepted } = reckoning;
    for (const [name, found] of Object.entries({
      missing,
      wrong,
      effects,
      overtaking,
      untrue,
      strangers,
      attemptsBurnt,
    })) {
      if (found.length > 0) this.#violate(`${found.length} ${name}: ${found.slice(0, EXAMPLES).join('; ')}`);
    }
    const sum = Object.values(states).reduce((total, count) => total + count, 0);
    if (sum !== accepted) this.#violate(`${accepted} were accepted, and ${sum} stand in the ledger.`);
    for (const fault of [...this.#crowds.flatMap((crowd) => crowd.faults), ...this.#hearing.faults]) {
      this.#violate(`a client was answered ${fault}`);
    }
  }

  #violate(violation: string): void {
    this.#violations.push(violation);
    this.#log(`VIOLATION on ${TRANSPORT}, seed ${this.options.seed}: ${violation}`);
  }

  #logOutputs(): void {
    for (const { url, output } of this.site.processes) {
      this.#log(`--- ${url} said last:\n${output.split('\n').slice(-OUTPUT_LINES).join('\n')}`);
    }
  }
}
