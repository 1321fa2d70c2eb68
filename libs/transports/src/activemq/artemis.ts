import { setTimeout } from 'node:timers/promises';
import { TransportError } from '#messaging';
import { demands, type Demand, type LaneBounds } from './artemis-demands.js';
import type { Depth } from './depth.js';
import { Inquiry } from './inquiry.js';
import { queue, type Topology } from './topology.js';
import { AmqpError, type Wire } from './wire.js';

const MANAGEMENT = queue('activemq.management');
/** More queues than any installation has; the broker answers with those that there are. */
const QUEUES_MAX = 10_000;
/** A broker that reads its broker.xml again shows the settings of that file alone, until it has read ours again too. */
const RELOADS_MAX = 3;
const RELOAD_MS = 500;

interface ListedQueue {
  readonly name: string;
  readonly exclusive: string;
  readonly autoDelete: string;
  readonly purgeOnNoConsumers: string;
  readonly messageCount: string;
}

/** An Artemis by its management address: what the queue is made of there, and how much waits. */
export class Artemis {
  readonly #inquiry: Inquiry;
  readonly #topology: Topology;

  private constructor(inquiry: Inquiry, topology: Topology) {
    this.#inquiry = inquiry;
    this.#topology = topology;
  }

  /** Each answer may take that long. */
  static async at(wire: Wire, topology: Topology, answerMsMax: number): Promise<Artemis> {
    return new Artemis(await Inquiry.open(wire, MANAGEMENT, answerMsMax), topology);
  }

  close(): void {
    this.#inquiry.close();
  }

  /** Makes what is missing, changes nothing that is there, and rejects where that is not as it must be. */
  async declare(bounds: LaneBounds): Promise<void> {
    await this.#verifyDurable();
    const wanted = demands(this.#topology, bounds);
    const before = await this.#queues();
    if (!before.has(this.#topology.queueOf(0))) {
      await Promise.all(wanted.map(({ pattern, settings }) => this.#add(pattern, settings)));
    }
    const { queues, laneCountMark, notices, presence } = this.#topology;
    await Promise.all([
      ...queues.filter((name) => !before.has(name)).map((name) => this.#createQueue(name, true)),
      this.#createQueue(laneCountMark, false),
      ...[notices, presence].map((name) => this.#createTopic(name)),
    ]);
    await this.#verifyAll(wanted);
    this.#verifyQueues(await this.#queues());
  }

  /** What each lane holds, what is in hand included. */
  async depths(): Promise<Depth[]> {
    const queues = await this.#queues();
    const { lanes } = this.#topology;
    return Promise.all(
      Array.from({ length: lanes }, (_, lane) => this.#depthOf(this.#topology.queuesOf(lane), queues)),
    );
  }

  async #depthOf(names: readonly string[], queues: ReadonlyMap<string, ListedQueue>): Promise<Depth> {
    let depth: Depth = { count: 0, bytes: 0, oldestAtMs: null };
    for (const name of names) {
      const count = Number(queues.get(name)?.messageCount ?? 0);
      if (count === 0) continue;
      const attributes = ['persistentSize', 'firstMessageTimestamp'];
      const [bytes, firstAtMs] = await Promise.all(attributes.map((one) => this.#read(`queue.${name}`, one)));
      const times = [depth.oldestAtMs, firstAtMs].filter((time) => typeof time === 'number');
      depth = {
        count: depth.count + count,
        bytes: depth.bytes + Number(bytes ?? 0),
        oldestAtMs: times.length === 0 ? null : Math.min(...times),
      };
    }
    return depth;
  }

  /** A 202 says that a command is on a disk. */
  async #verifyDurable(): Promise<void> {
    const needed = {
      persistenceEnabled: 'persistence-enabled',
      journalSyncNonTransactional: 'journal-sync-non-transactional',
    };
    const values = await Promise.all(Object.keys(needed).map((attribute) => this.#read('broker', attribute)));
    for (const [index, element] of Object.values(needed).entries()) {
      if (values[index] !== false) continue;
      const text = `The broker forgets in a crash what it has accepted. Set ${element} to true in its broker.xml, or ACTIVEMQ_URLS to another broker.`;
      throw new TransportError(text, { setting: 'ACTIVEMQ_URLS' });
    }
  }

  async #queues(): Promise<Map<string, ListedQueue>> {
    const filter = { field: 'name', operation: 'CONTAINS', value: this.#topology.commandsPattern.slice(0, -1) };
    const listed = await this.#invoke('listQueues', JSON.stringify(filter), 1, QUEUES_MAX);
    const { data } = JSON.parse(String(listed)) as { data: ListedQueue[] };
    return new Map(data.map((one) => [one.name, one]));
  }

  async #add(pattern: string, settings: Demand['settings']): Promise<void> {
    await this.#invoke('addAddressSettings', pattern, JSON.stringify(settings));
  }

  async #createQueue(name: string, exclusive: boolean): Promise<void> {
    const kind = { 'routing-type': 'ANYCAST', durable: true, 'auto-delete': false, 'auto-create-address': true };
    const configuration = {
      name,
      address: name,
      ...kind,
      exclusive,
      'max-consumers': -1,
      'purge-on-no-consumers': false,
    };
    await this.#invoke('createQueue', JSON.stringify(configuration), true);
  }

  async #createTopic(name: string): Promise<void> {
    try {
      await this.#invoke('createAddress', name, 'MULTICAST');
    } catch (error) {
      if (!(error instanceof AmqpError && ALREADY_THERE.test(error.message))) throw error;
    }
  }

  async #verifyAll(wanted: readonly Demand[]): Promise<void> {
    for (let reloads = 0; ; reloads++) {
      try {
        await Promise.all(wanted.map((demand) => this.#verify(demand)));
        return;
      } catch (error) {
        if (!(error instanceof TransportError) || reloads === RELOADS_MAX) throw error;
        await setTimeout(RELOAD_MS);
      }
    }
  }

  async #verify({ sample, pattern, settings, settingOf }: Demand): Promise<void> {
    const found = JSON.parse(String(await this.#invoke('getAddressSettingsAsJSON', sample))) as Record<string, unknown>;
    for (const [name, value] of Object.entries(settings)) {
      if (found[name] === value || (found[name] === undefined && UNKNOWN_TO_OLDER.has(name))) continue;
      const setting = settingOf[name];
      const way = setting === undefined ? 'S' : `Set ${setting} back, or s`;
      const text = `The address settings of ${sample} have ${name} ${String(found[name] ?? 'unset')}, and it must be ${String(value)}. ${way}et it so for '${pattern}' at the broker, or ACTIVEMQ_PREFIX to a new name.`;
      throw new TransportError(text, { setting: setting ?? 'ACTIVEMQ_PREFIX' });
    }
  }

  #verifyQueues(queues: ReadonlyMap<string, ListedQueue>): void {
    for (const name of this.#topology.queues) {
      const { exclusive, autoDelete, purgeOnNoConsumers } = queues.get(name) ?? {};
      if (String([exclusive, autoDelete, purgeOnNoConsumers]) === 'true,false,false') continue;
      const text = `The queue ${name} must be exclusive, without auto-delete and without purge-on-no-consumers, and is not. Drain and delete it, so that it is made anew, or set ACTIVEMQ_PREFIX to a new name.`;
      throw new TransportError(text, { setting: 'ACTIVEMQ_PREFIX' });
    }
  }

  async #read(resource: string, attribute: string): Promise<unknown> {
    return this.#ask({ _AMQ_ResourceName: resource, _AMQ_Attribute: attribute }, []);
  }

  async #invoke(operation: string, ...parameters: (string | number | boolean)[]): Promise<unknown> {
    return this.#ask({ _AMQ_ResourceName: 'broker', _AMQ_OperationName: operation }, parameters);
  }

  async #ask(what: Record<string, string>, parameters: readonly unknown[]): Promise<unknown> {
    const { application_properties: told, body } = await this.#inquiry.ask({
      application_properties: what,
      body: JSON.stringify(parameters),
    });
    const [result] = (typeof body === 'string' ? (JSON.parse(body) as unknown[] | null) : undefined) ?? [];
    if (told?.['_AMQ_OperationSucceeded'] === true) return result;
    throw new AmqpError('', `${Object.values(what).join(' ')}: ${String(result ?? 'the broker gives no reason')}`);
  }
}

/** What a release before 2.56 may not have: there a full disk withholds credit, and nothing expires unless its settings say so. */
const UNKNOWN_TO_OLDER: ReadonlySet<string> = new Set(['diskFullMessagePolicy', 'noExpiry']);
const ALREADY_THERE = /AMQ229204|already exists/i;
