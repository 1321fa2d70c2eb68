import type { Topology } from './topology.js';

const MEBIBYTE = 1024 ** 2;
/** Of each lane in the broker's memory; the rest waits in its page files. */
const IN_MEMORY_COUNT_MAX = 10_000;
const IN_MEMORY_BYTES_MAX = 16 * MEBIBYTE;
/** A lane that holds no more than this is never paged: its room is free again at once when commands are settled. */
const UNPAGED_COUNT_MAX = 1_000;
/** What a topic keeps for a listener that does not read: the oldest, since a notice is a hint that ages. */
const TOPIC_BYTES_MAX = 16 * MEBIBYTE;

export interface LaneBounds {
  readonly countMax: number;
  readonly bytesMax: number;
}

/** Address settings that must hold for a pattern of names. */
export interface Demand {
  readonly pattern: string;
  /** One name of that pattern. */
  readonly sample: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Which setting of ours says the value. */
  readonly settingOf: Readonly<Record<string, string>>;
}

/** Names as Artemis writes them in JSON. */
export function demands(topology: Topology, bounds: LaneBounds): Demand[] {
  const settings = {
    // A connection that dies counts as an attempt of all that it had in hand; the default of 10 then dead-letters it.
    maxDeliveryAttempts: -1,
    redeliveryDelay: 0,
    noExpiry: true,
    slowConsumerThreshold: -1,
    // A queue that is made by sending to it would be shared, so its order lost.
    autoCreateQueues: false,
    autoCreateAddresses: false,
    autoDeleteQueues: false,
    autoDeleteAddresses: false,
    ...boundsOf(bounds),
    diskFullMessagePolicy: 'FAIL',
  };
  const hints = { addressFullMessagePolicy: 'DROP', maxSizeBytes: TOPIC_BYTES_MAX };
  return [
    {
      pattern: topology.commandsPattern,
      sample: topology.queueOf(0),
      settings,
      settingOf: {
        // A small lane is kept in memory, a large one is not.
        addressFullMessagePolicy: 'ACTIVEMQ_LANE_COUNT_MAX',
        maxSizeMessages: 'ACTIVEMQ_LANE_COUNT_MAX',
        pageLimitMessages: 'ACTIVEMQ_LANE_COUNT_MAX',
        maxSizeBytes: 'ACTIVEMQ_LANE_BYTES_MAX',
        pageLimitBytes: 'ACTIVEMQ_LANE_BYTES_MAX',
      },
    },
    ...[topology.notices, topology.presence].map((name) => ({
      pattern: name,
      sample: name,
      settings: hints,
      settingOf: {},
    })),
  ];
}

function boundsOf({ countMax, bytesMax }: LaneBounds): Demand['settings'] {
  if (countMax <= UNPAGED_COUNT_MAX) {
    return { addressFullMessagePolicy: 'FAIL', maxSizeMessages: countMax, maxSizeBytes: bytesMax };
  }
  const countInMemory = Math.min(IN_MEMORY_COUNT_MAX, Math.floor(countMax / 2));
  const bytesInMemory = Math.min(IN_MEMORY_BYTES_MAX, Math.floor(bytesMax / 2));
  return {
    addressFullMessagePolicy: 'PAGE',
    maxSizeMessages: countInMemory,
    maxSizeBytes: bytesInMemory,
    pageSizeBytes: MEBIBYTE,
    pageLimitMessages: countMax - countInMemory,
    pageLimitBytes: bytesMax - bytesInMemory,
    pageFullMessagePolicy: 'FAIL',
  };
}
