import { setTimeout } from 'node:timers/promises';
import { MoveStanding } from '#contracts';
import { publishSeals, RequestUnavailable, type Requests, type Transport } from '#messaging';
import { StartFault } from '#starting';

import type { Sealer } from './sealer.js';

export interface Sealing {
  /** What `TRANSPORT` names: it is being left. */
  readonly from: string;
  /** The same, open. */
  readonly transport: Pick<Transport, 'guarantees' | 'publish' | 'backlog'>;
  readonly requests: Requests;
  readonly lanes: number;
  readonly by: Sealer;
  /** How long the storing of one seal may take. */
  readonly publishTimeoutMs: number;
  /** How long to wait until persistence has recorded the seals. */
  readonly waitMs: number;
  /** Hears a line at each step that was made. */
  readonly log: (line: string) => void;
  /** Ends the run, which may be repeated. */
  readonly signal: AbortSignal;
}

const ASK_MS = 5_000;
/** How long persistence is looked for at the beginning. */
const FIND_MS = 20_000;
const POLL_MS = 250;

/**
 * Publishes a seal into every lane and waits until persistence has recorded each. Repeating it changes nothing. Rejects with a
 * `StartFault` that says what is to be done, or with the transport's error.
 */
export async function sealLanes(sealing: Sealing): Promise<void> {
  const { from, transport, lanes, by, log, publishTimeoutMs } = sealing;
  const move = await findMove(sealing);
  log(`Sealing ${lanes} lanes of ${from} for the move to ${move.to}, as ${by.sealer} (1 of ${by.sealers}).`);
  await publishSeals(transport, { move: move.id, lanes, ...by, deadlineMs: publishTimeoutMs });
  log('Every lane has its seal. Waiting until persistence has applied what lies before them.');
  const { lanesSealed } = await recorded(sealing, move.id);
  if (transport.guarantees.ordering === 'per-gateway') await emptied(sealing);
  log(
    lanesSealed === lanes
      ? `Every lane is sealed. Start the gateways with TRANSPORT=${move.to}.`
      : `This spool is sealed. ${lanes - lanesSealed} lanes wait for other gateways: run npm run seal on the DATA_DIR of each.`,
  );
}

async function findMove({ from, requests, lanes, signal }: Sealing): Promise<MoveStanding> {
  const endsAtMs = performance.now() + FIND_MS;
  for (;;) {
    try {
      const { move } = await requests.ask(MoveStanding, {}, ASK_MS);
      if (move?.from !== from) throw noMove(from, move);
      if (move.lanes !== lanes)
        throw new StartFault(`LANES is ${lanes}, but the installation has ${move.lanes} lanes.`);
      return move;
    } catch (error) {
      if (!(error instanceof RequestUnavailable)) throw error;
      if (performance.now() > endsAtMs) {
        throw new StartFault(`${error.message} Start persistence with DRAIN_FROM=${from}, then repeat.`, {
          cause: error,
        });
      }
    }
    await pause(signal);
  }
}

function noMove(from: string, move: MoveStanding | null): StartFault {
  const found = move ? `the move under way is from ${move.from} to ${move.to}` : 'no move is under way';
  return new StartFault(
    `Nothing waits for a seal of ${from}: ${found}. Start every persistence with DRAIN_FROM=${from} and the new TRANSPORT, ` +
      'then repeat; this run itself needs the old TRANSPORT.',
  );
}

/** Resolves when persistence has recorded all of this run's seals. */
async function recorded({ requests, lanes, by, waitMs, log, signal }: Sealing, move: string): Promise<MoveStanding> {
  const endsAtMs = performance.now() + waitMs;
  let told = 0;
  let why = '';
  while (performance.now() < endsAtMs) {
    try {
      const standing = (await requests.ask(MoveStanding, {}, ASK_MS)).move;
      if (standing?.id !== move) throw new StartFault('The move was ended meanwhile; look at what persistence logs.');
      const count = standing.sealers.find(({ sealer }) => sealer === by.sealer)?.lanes ?? 0;
      if (count > told) log(`${count} of ${lanes} lanes are applied up to their seals.`);
      if (count === lanes) return standing;
      told = count;
    } catch (error) {
      if (!(error instanceof RequestUnavailable)) throw error;
      why = ` ${error.message}`;
    }
    await pause(signal);
  }
  throw new StartFault(
    `After ${waitMs} ms ${told} of ${lanes} lanes are applied up to their seals.${why} The seals are stored: leave the ` +
      'gateways stopped, look at what persistence logs, and repeat this run to go on waiting.',
  );
}

/** Resolves when nothing is left in this gateway's spool: what stays there would be forwarded behind the seals of others. */
async function emptied({ from, transport, waitMs, signal }: Sealing): Promise<void> {
  const endsAtMs = performance.now() + waitMs;
  for (;;) {
    const { value } = (await transport.backlog()).count;
    if (value === 0) return;
    if (performance.now() > endsAtMs) {
      throw new StartFault(`${value} commands are left in the spool of ${from}. Repeat this run.`);
    }
    await pause(signal);
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(POLL_MS, undefined, { signal });
  } catch (cause) {
    throw new StartFault('Stopped. The seals that were stored stay so; repeat this run to go on.', { cause });
  }
}
