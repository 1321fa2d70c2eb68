import type { NatsConnection } from '@nats-io/transport-node';
import { jetstreamManager, type StreamState } from '@nats-io/jetstream';
import { TransportError, type Backlog } from '#messaging';
import type { Topology } from './topology.js';

const ANSWER_MS_MAX = 2_000;

/** How much waits, by the word of each lane's stream, which holds what is in hand too. */
export class BacklogGauge {
  readonly #topology: Topology;
  readonly #bounds: { readonly countMax: number; readonly bytesMax: number };

  /** The bounds of all lanes together. */
  constructor(topology: Topology, bounds: { countMax: number; bytesMax: number }) {
    this.#topology = topology;
    this.#bounds = bounds;
  }

  async read(connection: NatsConnection | undefined): Promise<Backlog> {
    const states = await this.#states(connection);
    const waiting = states.filter(({ messages }) => messages > 0);
    const oldest = waiting.map(({ first_ts: storedAt }) => Date.parse(String(storedAt)));
    return {
      count: { value: sumOf(states, 'messages'), exact: true },
      bytes: { value: sumOf(states, 'bytes'), exact: true },
      oldestAtMs: { value: oldest.length === 0 ? null : Math.min(...oldest), exact: true },
      lanes: states.map(({ messages }) => messages),
      ...this.#bounds,
    };
  }

  async #states(connection: NatsConnection | undefined): Promise<StreamState[]> {
    if (!connection) throw new TransportError('The backlog is unknown: there is no connection to the broker.');
    try {
      const manager = await jetstreamManager(connection, { checkAPI: false, timeout: ANSWER_MS_MAX });
      const infos = await Promise.all(this.#topology.streams.map((stream) => manager.streams.info(stream)));
      return infos.map(({ state }) => state);
    } catch (cause) {
      throw new TransportError(`The backlog is unknown: ${(cause as Error).message}.`, { cause });
    }
  }
}

function sumOf(states: readonly StreamState[], field: 'messages' | 'bytes'): number {
  return states.reduce((sum, state) => sum + state[field], 0);
}
