import type { NatsConnection } from '@nats-io/transport-node';
import type { Topology } from './topology.js';

export interface StreamWatchParts {
  readonly topology: Topology;
  /** Somebody has deleted or changed a stream of the queue. */
  readonly onChanged: () => void;
  /** What operators should know of the streams; undefined when there is nothing more. */
  readonly onQuorum: (reason: string | undefined) => void;
}

const ADVISORIES = '$JS.EVENT.ADVISORY.STREAM';

/** Hears what the servers tell of the queue's streams, where the user may hear it: hints, which nothing depends on. */
export class StreamWatch {
  readonly #parts: StreamWatchParts;
  readonly #streams: ReadonlySet<string>;
  readonly #withoutQuorum = new Set<string>();

  constructor(parts: StreamWatchParts) {
    this.#parts = parts;
    this.#streams = new Set([...parts.topology.streams, parts.topology.leases]);
  }

  attach(connection: NatsConnection): void {
    this.#withoutQuorum.clear();
    connection.subscribe(`${ADVISORIES}.*.*`, {
      callback: (error, { subject }) => void (error ?? this.#heard(subject.slice(ADVISORIES.length + 1))),
    });
  }

  #heard(advisory: string): void {
    const [kind = '', stream = ''] = advisory.split('.');
    if (!this.#streams.has(stream)) return;
    if (kind === 'DELETED' || kind === 'UPDATED') return this.#parts.onChanged();
    if (kind === 'QUORUM_LOST') this.#withoutQuorum.add(stream);
    else if (kind === 'LEADER_ELECTED') this.#withoutQuorum.delete(stream);
    else return;
    const [first] = this.#withoutQuorum;
    this.#parts.onQuorum(first && `The stream ${first} has no majority of its servers, and takes nothing in.`);
  }
}
