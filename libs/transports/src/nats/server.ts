import type { NatsConnection } from '@nats-io/transport-node';
import { TransportError } from '#messaging';
import { HEADERS_BYTES_MAX } from './message.js';

/** The oldest that the conformance kit is run on. */
const VERSION_MIN = [2, 10] as const;

/** Throws when the server cannot hold what the transport promises, whatever is waited for. */
export function assertServer(connection: NatsConnection, name: string, messageBytesMax: number): void {
  const { version = '', max_payload: payloadBytesMax = 0 } = connection.info ?? {};
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1])) {
    const text = `The server at ${name} is NATS ${version}, and ${VERSION_MIN.join('.')} or later is needed. Update it, or name another in NATS_URLS.`;
    throw new TransportError(text, { setting: 'NATS_URLS' });
  }
  const neededBytes = messageBytesMax + HEADERS_BYTES_MAX;
  if (payloadBytesMax < neededBytes) {
    const fitting = Math.max(0, payloadBytesMax - HEADERS_BYTES_MAX);
    const text = `The server at ${name} takes messages of ${payloadBytesMax} bytes, and NATS_MESSAGE_BYTES_MAX (${messageBytesMax}) with attributes needs ${neededBytes}. Set max_payload there to that, or NATS_MESSAGE_BYTES_MAX to at most ${fitting}.`;
    throw new TransportError(text, { setting: 'NATS_MESSAGE_BYTES_MAX' });
  }
}
