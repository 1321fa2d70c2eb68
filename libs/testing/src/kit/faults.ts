import { PublishError, TransportError } from '#messaging';
import { until } from '../until.js';
import { LANES, PUBLISH_MS } from './bench.js';
import type { Case } from './case.js';
import { assert, assertNoGap, assertRefused } from './claims.js';
import { Gate, settledBy } from './collector.js';
import { idsOf } from './envelopes.js';
import { publishStubbornly } from './publish.js';

/** Generous: a transport may wait for several heartbeats before it gives a connection up. */
const NOTICE_MS = 45_000;

export const faultCases: readonly Case[] = [
  {
    number: '38',
    claim: 'delivers what is published after its connection was killed',
    needs: ['fault cut'],
    async run(bench) {
      const transport = await bench.open();
      const collector = await bench.consume(transport);
      const before = bench.make.many(20);
      await bench.publish(transport, before);
      await collector.settles(idsOf(before));
      await bench.fault('cut')(transport);
      const after = bench.make.many(20);
      for (const envelope of after) await publishStubbornly(transport, envelope);
      await collector.settles(idsOf(after), NOTICE_MS);
    },
  },
  {
    number: '39',
    claim: 'loses nothing that it confirmed when the broker is restarted under load',
    needs: ['fault stop'],
    async run(bench) {
      const transport = await bench.open();
      const collector = await bench.consume(transport);
      const envelopes = bench.make.many(300);
      const publishing = Promise.all(envelopes.map((envelope) => publishStubbornly(transport, envelope)));
      await collector.receives(1);
      const start = await bench.fault('stop')(bench.queue);
      await start();
      await publishing;
      await collector.settles(idsOf(envelopes), NOTICE_MS);
      // What it could not know to be stored it may have in hand once more.
      await until(async () => (await transport.backlog()).count.value === 0, 'nothing waits any more', NOTICE_MS);
    },
  },
  {
    number: '40',
    claim: 'notices a connection that is dead but not closed',
    needs: ['refusal while away', 'fault freeze'],
    async run(bench) {
      const transport = await bench.open();
      const thaw = await bench.fault('freeze')(transport);
      await until(() => transport.health.state.status !== 'up', 'it is no longer up', NOTICE_MS);
      await thaw();
      await until(() => transport.health.state.status === 'up', 'it is up again', NOTICE_MS);
    },
  },
  {
    number: '41',
    claim: 'tells unknown from stored when it is cut while it publishes, so that repeating loses nothing',
    needs: ['fault cut'],
    async run(bench) {
      const transport = await bench.open();
      const envelopes = bench.make.many(500);
      const publishing = envelopes.map((envelope) => transport.publish(envelope, PUBLISH_MS));
      const settling = Promise.allSettled(publishing);
      await bench.fault('cut')(transport);
      for (const [index, result] of (await settling).entries()) {
        if (result.status === 'fulfilled') continue;
        assert.ok(result.reason instanceof PublishError, `Not a PublishError but ${String(result.reason)}`);
        await publishStubbornly(transport, envelopes[index]!);
      }
      await (await bench.consume(transport)).settles(idsOf(envelopes), NOTICE_MS);
    },
  },
  {
    number: '42',
    claim: 'never advances past unsettled work when another process takes lanes over',
    needs: ['many consumers'],
    async run(bench) {
      const [old, young] = [await bench.open(), await bench.open()];
      const envelopes = bench.make.inLanes(LANES, 30);
      await bench.publish(old, envelopes);
      const gate = new Gate();
      const first = await bench.consume(old, () => gate.wait().then(() => Promise.reject(new Error('Not settled.'))));
      await first.receives(LANES);
      const second = await bench.consume(young);
      gate.open();
      await first.consumer.stop(2_000);
      await settledBy([second], idsOf(envelopes));
      for (let lane = 0; lane < LANES; lane++) {
        assertNoGap(second.inLane(lane), idsOf(envelopes.filter((envelope) => envelope.lane === lane)));
      }
    },
  },
  {
    number: '43',
    claim: 'names the setting when its credentials are refused, and opens when they are renewed',
    needs: ['fault lockOut'],
    async run(bench) {
      const letIn = await bench.fault('lockOut')(bench.queue);
      const refused = await bench.create();
      const error = await refused.open().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof TransportError && error.setting, `It names no setting: ${String(error)}`);
      await letIn();
      await bench.open();
    },
  },
  {
    number: '44',
    claim: 'rejects while the disk is full, recovers, and loses nothing that it confirmed',
    needs: ['fault fillDisk'],
    async run(bench) {
      const transport = await bench.open();
      const stored = bench.make.many(20);
      await bench.publish(transport, stored);
      const free = await bench.fault('fillDisk')(bench.queue);
      // One body for all: random bytes for each would take most of the case, where a spool of many MiB has to be filled.
      const body = Buffer.alloc(64 * 1024, bench.random.bytes(4_096));
      const refuse = async () => {
        for (;;) {
          const envelope = bench.make.one({ body });
          await transport.publish(envelope, PUBLISH_MS);
          stored.push(envelope);
        }
      };
      await assertRefused(refuse(), 'not-stored', 'overloaded');
      await free();
      const after = bench.make.one();
      await publishStubbornly(transport, after);
      await (await bench.consume(transport)).settles(idsOf([...stored, after]));
    },
  },
];
