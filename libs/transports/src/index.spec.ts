import { loadTransport, transportNames } from './index.js';

describe('The loader of transports', () => {
  test.each(transportNames)('loads %s by its name, and it makes a transport of that name', async (name) => {
    const plugin = await loadTransport(name);
    expect(plugin.name).toBe(name);
    const defaults = Object.entries(plugin.settings).map(([setting, { default: value }]) => [setting, value]);
    const transport = plugin.create(Object.fromEntries(defaults), {
      lanes: 4,
      dataDir: 'never-opened',
      roles: { publishes: true, consumes: true },
    });
    expect(transport.name).toBe(name);
    expect(transport.health.state.status).toBe('down');
  });

  test.each(['carrier-pigeon', 'toString', ''])("lists the known ones when asked for '%s'", async (name) => {
    await expect(loadTransport(name)).rejects.toMatchObject({
      setting: 'TRANSPORT',
      message: expect.stringMatching(/There is no transport .* one of: in-process/),
    });
  });
});
