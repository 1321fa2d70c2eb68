import { TransportError } from '#messaging';
import { nameOf } from './address.js';
import type { Link } from './link.js';
import { apiVersions, consumerGroupHeartbeat, NEEDED } from './protocol.js';

/** What the broker is, as far as it says so. Rejects with a `TransportError` where it is too old. */
export async function serverAt(link: Link, groupProtocol: 'classic' | 'consumer'): Promise<string> {
  const { apiKeys, finalizedFeatures } = await link.ask(apiVersions, ['sluice', '1']);
  const takes = ({ key, version }: { readonly key: number; readonly version: number }): boolean => {
    const offered = apiKeys.find(({ apiKey }) => apiKey === key);
    return offered !== undefined && offered.minVersion <= version && version <= offered.maxVersion;
  };
  if (!NEEDED.every(takes)) {
    const text = `The broker at ${nameOf(link.address)} does not take the requests that are needed. Set KAFKA_BROKERS to a Kafka of 3.9 or later.`;
    throw new TransportError(text, { setting: 'KAFKA_BROKERS' });
  }
  if (groupProtocol === 'consumer' && !takes(consumerGroupHeartbeat)) {
    const text = `The broker at ${nameOf(link.address)} does not have the consumer group protocol, which comes with Kafka 4.0. Set KAFKA_GROUP_PROTOCOL to classic.`;
    throw new TransportError(text, { setting: 'KAFKA_GROUP_PROTOCOL' });
  }
  const level = finalizedFeatures?.find(({ name }) => name === 'metadata.version')?.maxVersionLevel;
  return level === undefined ? 'Kafka' : `Kafka (metadata.version ${level})`;
}
