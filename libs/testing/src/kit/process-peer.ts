import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { PeerRecord, type Event, type Order, type Peer } from './peer.js';
import type { Queue } from './subject.js';
import { encodeOrder } from './peer-wire.js';

/** A peer in a process of its own, ended by SIGKILL. */
export class ProcessPeer extends PeerRecord implements Peer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    super();
    this.#child = child;
    this.#ended = once(child, 'close');
    // A killed process cannot read the rest of its orders.
    child.stdin.on('error', () => undefined);
  }

  /** Resolves when the process has opened its transport. */
  static async start(processModule: string, queue: Queue): Promise<ProcessPeer> {
    const driver = fileURLToPath(new URL('./peer-process.js', import.meta.url));
    const child = spawn(process.execPath, [driver, processModule, JSON.stringify(queue)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      // Jest's own environment, which the specs write to, is not the one that a child inherits by itself.
      env: process.env,
    });
    const peer = new ProcessPeer(child);
    const opened = Promise.withResolvers<void>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'open') opened.resolve();
      else peer.note(JSON.parse(line) as Event);
    });
    const failed = peer.#ended.then(() => {
      throw new Error(`The peer process for ${processModule} ended before its transport was open; see its output.`);
    });
    failed.catch(() => undefined);
    await Promise.race([opened.promise, failed]);
    return peer;
  }

  order(order: Order): void {
    this.#child.stdin.write(`${encodeOrder(order)}\n`);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
