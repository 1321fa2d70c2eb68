import type { ChannelModel } from 'amqplib';
import type { Socket } from 'node:net';

/**
 * Lets what all channels of a connection write in one turn of the event loop leave in one system call. Each lane acknowledges on a
 * channel of its own, and the client writes to the socket once for each of them, which cost more than all else of an
 * acknowledgement.
 */
export function gatherWrites(model: ChannelModel): void {
  // The types of the client leave the socket out.
  const { stream } = model.connection as unknown as { stream: Socket };
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]) => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    return write(...args);
  };
}
