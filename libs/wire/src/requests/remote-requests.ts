import type { AnswerOf, PayloadOf, RequestContract } from '#contracts';
import { RequestRefused, RequestUnavailable, type Requests } from '#messaging';

import type { PeerState } from '../dialed-peer.js';
import { hostPortText, type HostPort } from '../host-list.js';
import type { LinkLimits } from '../limits.js';
import type { Link, LinkListener } from '../link.js';
import { LinkDialer } from '../link-dialer.js';
import type { LinkSecurity } from '../security.js';
import { REQUESTS_SERVICE } from './protocol.js';
import { RequestPeer, type Outcome } from './request-peer.js';

const OUTSTANDING_MAX = 256;
const ERRORS_TOLD = 3;

export interface RemoteRequestsOptions {
  /** Where persistence answers; each name stands for all its addresses. */
  readonly hosts: readonly HostPort[];
  readonly security?: LinkSecurity;
  /** What this process is called in the logs of the others. */
  readonly instance: string;
  /** Requests that wait for their answer, for each link; more are unavailable at once. */
  readonly outstandingMax?: number;
  readonly limits?: Partial<LinkLimits>;
}

/**
 * `Requests` to the persistence processes of an installation, one after the other in turn.
 *
 *     const requests = new RemoteRequests({
 *       hosts: parseHostList(settings.PERSISTENCE_PEERS),
 *       security: wireSecurityOf(settings),
 *       instance: 'gateway-1',
 *     });
 *     requests.open();
 *     GatewayModule.forRoot({ settings, transport, requests });
 *     …
 *     await requests.close();
 *
 * A process that is stopping or has too much in hand says so, and another is asked. When a link is lost, a query is asked once
 * more of another process; an action is not, since it may have been done.
 */
export class RemoteRequests implements Requests {
  readonly #options: RemoteRequestsOptions;
  readonly #dialer: LinkDialer;
  readonly #peers = new Map<Link, RequestPeer>();
  #turn = 0;

  constructor(options: RemoteRequestsOptions) {
    this.#options = options;
    const { hosts, security, instance, limits } = options;
    const greeting = { role: 'gateway', instance };
    this.#dialer = new LinkDialer(
      { hosts, service: REQUESTS_SERVICE, greeting, ...(security && { security }), ...(limits && { limits }) },
      this.#listener(),
    );
  }

  /** How it stands with each process, for health. */
  get peers(): readonly PeerState[] {
    return this.#dialer.peers;
  }

  /** Begins to look for persistence, and waits for nothing: until it is found, every request is unavailable. */
  open(): void {
    this.#dialer.open();
  }

  /** Idempotent. What still waits for an answer becomes unavailable. */
  close(): Promise<void> {
    return this.#dialer.close('the gateway stopped');
  }

  async ask<Contract extends RequestContract>(
    contract: Contract,
    payload: PayloadOf<Contract>,
    deadlineMs: number,
  ): Promise<AnswerOf<Contract>> {
    const { kind, type } = contract;
    const endsAtMs = performance.now() + deadlineMs;
    const tried = new Set<RequestPeer>();
    let lost: string | undefined;
    for (;;) {
      const peer = this.#next(tried);
      if (!peer) throw new RequestUnavailable(lost ?? this.#whyNobody(tried));
      tried.add(peer);
      const leftMs = endsAtMs - performance.now();
      const outcome = leftMs > 0 ? await peer.ask({ type, payload, deadlineMs: leftMs }) : { result: 'late' as const };
      if (outcome.result === 'not-taken') continue;
      if (outcome.result !== 'lost') return answerIn(outcome, type, deadlineMs) as AnswerOf<Contract>;
      if (kind === 'action') throw new RequestUnavailable(`${outcome.message} Whether it was done is unknown.`);
      if (lost !== undefined) throw new RequestUnavailable(outcome.message);
      lost = outcome.message;
    }
  }

  #next(tried: ReadonlySet<RequestPeer>): RequestPeer | undefined {
    const fit = [...this.#peers.values()].filter((peer) => !tried.has(peer) && peer.unfit === undefined);
    this.#turn += 1;
    return fit[this.#turn % fit.length];
  }

  #whyNobody(tried: ReadonlySet<RequestPeer>): string {
    const present = [...this.#peers.values()];
    if (present.length > 0) {
      const reasons = present.map((peer) => peer.unfit ?? (tried.has(peer) ? 'it took nothing' : undefined));
      return `No persistence process takes requests now: ${told(reasons)}.`;
    }
    const hosts = this.#options.hosts.map(hostPortText).join(', ');
    const errors = this.peers.map(({ peer, lastError }) => lastError && `${peer}: ${lastError}`);
    return `No persistence process answers at ${hosts}${errors.some(Boolean) ? ` (${told(errors)})` : ' yet'}.`;
  }

  #listener(): LinkListener {
    const peers = this.#peers;
    return {
      onOpen: (link) => peers.set(link, new RequestPeer(link, this.#options.outstandingMax ?? OUTSTANDING_MAX)),
      onFrame: (link, frame) => peers.get(link)?.take(frame),
      onDrain: (link) => peers.get(link)?.sendsAgain(),
      onPeerDraining: (link) => peers.get(link)?.drain(),
      onClosed: (link, reason) => {
        const peer = peers.get(link);
        peers.delete(link);
        peer?.lose(reason);
      },
    };
  }
}

function answerIn(outcome: Outcome, type: string, deadlineMs: number): unknown {
  switch (outcome.result) {
    case 'answered':
      return outcome.answer;
    case 'refused':
      throw new RequestRefused(outcome.pointer, outcome.detail);
    case 'late':
      throw new RequestUnavailable(`No answer to '${type}' within ${deadlineMs} ms.`);
    case 'unavailable':
    case 'not-taken':
    case 'lost':
      throw new RequestUnavailable(outcome.message);
  }
}

function told(reasons: readonly (string | undefined)[]): string {
  return reasons
    .filter((reason) => reason !== undefined)
    .slice(0, ERRORS_TOLD)
    .join('; ');
}
