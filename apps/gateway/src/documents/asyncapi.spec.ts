import { Parser } from '@asyncapi/parser';
import { catalogue, SealLane } from '#contracts';
import { createAsyncApi } from './asyncapi.js';

describe('the AsyncAPI document', () => {
  const document = createAsyncApi(catalogue, 16);

  it('is valid by the official parser, its examples included', async () => {
    const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
    const bad = diagnostics.filter(({ severity }) => severity <= 1);
    expect(bad.map(({ message, path }) => `${path.join('.')}: ${message}`)).toEqual([]);
    expect(parsed?.version()).toBe('3.0.0');
  });

  it('has a message for each command that others may send, and none for a query', async () => {
    const { document: parsed } = await new Parser().parse(JSON.stringify(document));
    const names = parsed
      ?.allMessages()
      .all()
      .map((message) => message.name());
    const sendable = [...catalogue.commands.values()].filter(({ internal }) => !internal).map(({ type }) => type);
    expect(sendable).not.toContain(SealLane.type);
    expect([...new Set(names)].sort()).toEqual(sendable.sort());
  });

  it('names the channel of a lane as the queues are named', () => {
    expect(document['channels']).toMatchObject({ commands: { address: 'sluice.commands.{lane}-of-16' } });
  });

  it('is refused by the same parser when a message loses its payload schema', async () => {
    const broken = JSON.stringify(document).replaceAll(
      '#/components/schemas/PlaceOrder',
      '#/components/schemas/Nothing',
    );
    const { diagnostics } = await new Parser().parse(broken);
    expect(diagnostics.filter(({ severity }) => severity === 0)).not.toEqual([]);
  });
});
