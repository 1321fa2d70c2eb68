import type { Consumer } from '#messaging';
import { seeded, until, type TcpProxy } from '#testing';
import { addressOf, DEADLINE_MS, idsOfLane, Installation, LANES, publishRound } from './tcp.fixture.js';
import type { TcpTransport } from './tcp-transport.js';

const CONSUMERS = 4;
const TURNS = 40;
const GATEWAYS = ['a', 'b'];
const random = seeded();

interface Instance {
  readonly transport: TcpTransport;
  readonly proxy: TcpProxy;
  readonly consumer: Consumer;
}

/** The first id of the lane that came before the one that precedes it had come. */
function firstSkip(handedOver: readonly string[], published: readonly string[]): string | undefined {
  const placeOf = new Map(published.map((id, place) => [id, place]));
  let reached = 0;
  for (const id of handedOver) {
    const place = placeOf.get(id) ?? Infinity;
    if (place > reached) return id;
    reached = Math.max(reached, place + 1);
  }
  return undefined;
}

describe('A storm over TCP', () => {
  let here: Installation;

  beforeEach(() => {
    here = new Installation();
  });

  afterEach(() => here.close());

  async function join(name: string): Promise<Instance> {
    const transport = await here.listener();
    const proxy = await here.proxyTo(transport);
    const consumer = await here.consume(name, transport, () =>
      random.next() < 0.3 ? new Promise((resolve) => setImmediate(resolve)) : undefined,
    );
    return { transport, proxy, consumer };
  }

  /** Something that happens to an instance; all of them go on consuming in the end. */
  async function strike({ proxy, consumer }: Instance): Promise<void> {
    const kind = random.pick(['cut', 'pause', 'restart', 'none']);
    if (kind === 'cut') proxy.cut();
    if (kind === 'pause') await consumer.pause().then(() => consumer.resume());
    if (kind === 'restart') await proxy.refuse().then(() => proxy.restore());
  }

  test('loses nothing, skips nothing and ends', async () => {
    const instances = await Promise.all(Array.from({ length: CONSUMERS }, (_, nth) => join(`c${nth}`)));
    const addresses = instances.map(({ proxy }) => addressOf(proxy));
    const gateways = await Promise.all(GATEWAYS.map((name) => here.gateway(name, addresses)));
    for (let turn = 0; turn < TURNS; turn++) {
      const publishing = gateways.map((gateway, nth) => publishRound(gateway, turn, GATEWAYS[nth]));
      await Promise.all([strike(random.pick([instances[0]!, ...instances.slice(1)])), ...publishing]);
    }
    const settled = () => new Set(here.settled).size;
    await until(() => settled() === GATEWAYS.length * TURNS * LANES, 'all is settled', 30_000);
    for (const gateway of gateways) {
      await until(async () => (await gateway.backlog()).count.value === 0, 'all is advanced past');
    }
    for (const name of GATEWAYS) {
      for (let lane = 0; lane < LANES; lane++) {
        const handedOver = here.handedOver(lane).filter((id) => id.startsWith(name));
        expect(firstSkip(handedOver, idsOfLane(lane, TURNS, name))).toBeUndefined();
      }
    }
    await Promise.all(instances.map(({ transport }) => transport.close(DEADLINE_MS)));
  }, 60_000);
});
