import type { Envelope } from '#messaging';
import { effect, defineThing, EngineFixture, many, one } from './engine.fixture.js';

/** The contracts of the process that a command ends. */
export const crashing = defineThing({ type: 'test.crash.v1' });
export const crashingBatch = defineThing({ type: 'test.crash-batch.v1' });

/** What a test gives a process to do: settle these in one batch, and exit with 0. */
export interface CrashWork {
  readonly url: string;
  readonly envelopes: readonly (Omit<Envelope, 'body'> & { readonly body: string })[];
}

function crash(act: string): void {
  if (act === 'exit') process.exit(7);
  if (act === 'kill') process.kill(process.pid, 'SIGKILL');
}

async function work({ url, envelopes }: CrashWork): Promise<void> {
  const fixture = await EngineFixture.create({
    bindings: [
      {
        contract: crashing,
        handler: one(async (command, unit) => {
          await effect(command, unit);
          crash(command.payload.act);
        }),
      },
      {
        contract: crashingBatch,
        handler: many(async (commands, unit) => {
          for (const command of commands) await effect(command, unit);
          for (const command of commands) crash(command.payload.act);
        }),
      },
    ],
    shared: { url, name: '', drop: async () => undefined },
  });
  await fixture.deliver(envelopes.map((envelope) => ({ ...envelope, body: Buffer.from(envelope.body, 'base64') })));
  await fixture.drop();
}

process.once('message', (message) => {
  void work(message as CrashWork).then(() => process.exit(0));
});
