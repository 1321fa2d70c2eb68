/** Settings of a topic, as the broker names them. */
export type TopicConfig = Readonly<Record<string, string>>;

const MEBIBYTE = 1024 ** 2;
/** Bounds a batch of records, which is a body of the largest size with its attributes, or many small ones. */
export const RECORDS_BYTES_MAX = 5 * MEBIBYTE;
/** Small, since consumed commands leave the disk by whole segments. */
const SEGMENT_BYTES = 64 * MEBIBYTE;
const NOTICE_MS = 60_000;

export function commandsConfig(replicas = 1): TopicConfig {
  return {
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'retention.bytes': '-1',
    'max.message.bytes': String(RECORDS_BYTES_MAX),
    'min.insync.replicas': String(inSyncNeeded(replicas)),
    'unclean.leader.election.enable': 'false',
    // The time at which it was stored, by the broker's clock, whatever its sender says.
    'message.timestamp.type': 'LogAppendTime',
    'segment.bytes': String(SEGMENT_BYTES),
    ...(isOnOneDisk(replicas) && { 'flush.messages': '1' }),
  };
}

/** Hints age: who was away reads the ledger. */
export function noticesConfig(): TopicConfig {
  return {
    'cleanup.policy': 'delete',
    'retention.ms': String(NOTICE_MS),
    'segment.ms': String(NOTICE_MS),
    'segment.bytes': String(16 * MEBIBYTE),
  };
}

/** A majority, so that any two sets that were in sync at different times share one that has the commands of both. */
export function inSyncNeeded(replicas: number): number {
  return replicas < 3 ? 1 : Math.floor(replicas / 2) + 1;
}

/** Whether no majority of several has a command before it counts as stored, so that a disk must. */
export function isOnOneDisk(replicas: number): boolean {
  return inSyncNeeded(replicas) === 1;
}

export interface ConfigFault {
  /** `retention.ms=604800000` */
  readonly is: string;
  /** Completes the sentence 'It has that, which …'. */
  readonly means: string;
  readonly set: string;
}

/** The first setting of the topic of commands that breaks a promise; undefined when all of them are kept. */
export function faultOf(config: ReadonlyMap<string, string>, replicas: number): ConfigFault | undefined {
  const fault = (name: string, means: string, wanted: string): ConfigFault => ({
    is: `${name}=${config.get(name) ?? ''}`,
    means,
    set: `${name}=${wanted}`,
  });
  const is = (name: string, value: string) => config.get(name) === value;
  const isAtLeast = (name: string, least: number) => Number(config.get(name)) >= least;
  if (!is('cleanup.policy', 'delete'))
    return fault('cleanup.policy', 'loses all commands of a key but the last', 'delete');
  for (const name of ['retention.ms', 'retention.bytes']) {
    if (!is(name, '-1')) return fault(name, 'deletes commands that have not been consumed', '-1');
  }
  if (!isAtLeast('max.message.bytes', RECORDS_BYTES_MAX)) {
    return fault('max.message.bytes', 'is too little for a body of the largest size', String(RECORDS_BYTES_MAX));
  }
  const needed = inSyncNeeded(replicas);
  if (!isAtLeast('min.insync.replicas', needed)) {
    return fault('min.insync.replicas', 'confirms commands that no majority has', String(needed));
  }
  if (!is('unclean.leader.election.enable', 'false')) {
    return fault('unclean.leader.election.enable', 'lets a broker lead that lacks confirmed commands', 'false');
  }
  if (isOnOneDisk(replicas) && !is('flush.messages', '1')) {
    return fault('flush.messages', 'confirms commands before they are on the disk', '1');
  }
  return undefined;
}
