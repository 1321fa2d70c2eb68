import { randomFrom, within } from '#testing';
import { Clients } from '../faults/clients.js';
import { pass } from '../faults/length.js';
import { reckon, type Reckoning } from '../faults/reckoning.js';
import { SUBJECT } from '../product/transport-under-test.js';
import { falseBooks, productsBooks } from './books.js';
import { faultSet } from './fault-set.js';
import { Hearing } from './hearing.js';
import { judge } from './judgement.js';
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
const READY_MS_MAX = 300_000;
const MEND_MS_MAX = 900_000;
const SETTLE_MS_MAX = 300_000;
const LOAD_SEED = 1;
const OUTPUT_LINES = 25;
const BOOKS_MS_MAX = 120_000;

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
    return this.#violations.length > 0 || this.#crashes.length > 0;
  }

  /** Of processes that a later fault may start again, as if nothing had been. */
  get #crashes(): readonly string[] {
    return this.site.processes.flatMap(({ crashes }) => crashes);
  }

  async #play(index: number, round: Round): Promise<void> {
    const line = describeRound(index, round);
    this.#log(line);
    await pass(round.calmMs);
    const played = this.#disruptAll(round.disruptions);
    await within(played, 'every fault of the round is mended', MEND_MS_MAX).catch((error: unknown) =>
      this.#violate(`${line}: ${String(error)}`),
    );
    if (round.settles && !this.#broken) await this.#settle(line);
  }

  /** Two faults of one part are not begun together. */
  async #disruptAll(disruptions: readonly Disruption[]): Promise<void> {
    const busy = new Map<string, Promise<void>>();
    for (const disruption of disruptions) {
      const { parts } = disruption.fault;
      const free = Promise.all(parts.map((part) => busy.get(part) ?? Promise.resolve()));
      const over = free.then(() => this.#disrupt(disruption));
      for (const part of parts) busy.set(part, over);
    }
    await Promise.all(busy.values());
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
    const books = await this.#falseBooks();
    for (const violation of [...judge(reckoning, books), ...this.#answeredWrong()]) this.#violate(violation);
    for (const crash of this.#crashes) this.#violate(`a process ended by a fault of its own:\n${crash}`);
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

  /** By our own sums, and by the word of every process that casts them up. */
  async #falseBooks(): Promise<string[]> {
    const told = await productsBooks(this.site.persistences, BOOKS_MS_MAX);
    return [...(await falseBooks(this.site.databaseUrl)), ...told];
  }

  #answeredWrong(): string[] {
    const faults = [...this.#crowds.flatMap((crowd) => crowd.faults), ...this.#hearing.faults];
    return faults.map((fault) => `a client was answered ${fault}`);
  }

  #violate(violation: string): void {
    this.#violations.push(violation);
    this.#log(`VIOLATION on ${SUBJECT}, seed ${this.options.seed}: ${violation}`);
  }

  #logOutputs(): void {
    for (const { url, output } of this.site.processes) {
      this.#log(`--- ${url} said last:\n${output.split('\n').slice(-OUTPUT_LINES).join('\n')}`);
    }
  }
}
