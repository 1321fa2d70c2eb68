import type { StreamConfig } from '@nats-io/jetstream';

/** What the queue relies on of a stream; whatever else it has is the operators' own. */
export type NeededStream = Pick<
  StreamConfig,
  | 'name'
  | 'subjects'
  | 'retention'
  | 'discard'
  | 'storage'
  | 'num_replicas'
  | 'max_msgs'
  | 'max_bytes'
  | 'max_age'
  | 'max_msgs_per_subject'
  | 'duplicate_window'
>;

export interface StreamDifference {
  readonly text: string;
  /** The setting that asks for the value. */
  readonly setting: string | undefined;
}

const SETTING_OF: Readonly<Record<string, string>> = {
  num_replicas: 'NATS_REPLICAS',
  max_msgs: 'NATS_LANE_COUNT_MAX',
  max_bytes: 'NATS_LANE_BYTES_MAX',
};

/** With any of these a stream does not keep what it confirmed, or lets nobody go past it. */
const FORBIDDEN = ['sealed', 'deny_purge', 'no_ack', 'mirror', 'sources', 'subject_transform'] as const;

/** The first thing in which a stream is not what the queue needs, as the rest of a sentence; undefined when it is. */
export function differenceOf(found: StreamConfig, needed: NeededStream): StreamDifference | undefined {
  for (const [field, value] of Object.entries(needed)) {
    const there: unknown = found[field as keyof NeededStream];
    if (same(there, value)) continue;
    const setting = SETTING_OF[field];
    return { text: `has ${field} ${shown(there)}, and ${setting ?? 'the queue'} needs ${shown(value)}`, setting };
  }
  const forbidden = FORBIDDEN.find((field) => isSet(found[field]));
  if (forbidden) return { text: `has ${forbidden} set, which the queue does not work with`, setting: undefined };
  if (found.max_msg_size !== undefined && found.max_msg_size > 0) {
    return { text: `has max_msg_size ${found.max_msg_size}, and the queue needs none`, setting: undefined };
  }
  // From NATS 2.12 on: a receipt that says nothing of the disk.
  if (found.persist_mode === 'async') {
    return { text: 'has persist_mode async, and the queue needs the default', setting: undefined };
  }
  return undefined;
}

function same(there: unknown, needed: unknown): boolean {
  return shown(there) === shown(needed);
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.toSorted().join(', ') : String(value);
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
