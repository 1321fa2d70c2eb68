import { loadSettings } from '#settings';
import { endpointsOf } from './endpoint.js';
import { rabbitmqSettings, type RabbitmqSettings } from './settings.js';

function settingsWith(urls: string): RabbitmqSettings {
  return loadSettings(rabbitmqSettings, { env: { RABBITMQ_URLS: urls }, envFile: null }).values;
}

describe('RABBITMQ_URLS', () => {
  test('names addresses, whose credentials are percent-encoded and never part of a name', () => {
    const settings = settingsWith('amqp://till%207:p%25%2Fss@one.example:5673/shop%2Feast, amqps://two.example');
    const [one, two] = endpointsOf(settings);
    expect([one?.name, two?.name]).toEqual(['one.example:5673', 'two.example:5671']);
    const noVhost = new Error('Expected ConnectionOpenOk; got <ConnectionClose channel:0>');
    expect(one?.refusalOf(noVhost)?.message).toContain("no virtual host 'shop/east'");
    expect(two?.refusalOf(noVhost)?.message).toContain("no virtual host '/'");
  });

  test.each(['amqp://till:100%@one.example', 'amqp://one.example/east%', 'amqp:///east', 'http://one.example', ','])(
    'of %s is refused before anything connects, without showing it, with what to write',
    (urls) => {
      const refused = () => settingsWith(urls);
      expect(refused).toThrow(/RABBITMQ_URLS/);
      expect(refused).toThrow(/percent-encoded/);
      expect(refused).not.toThrow(/till|east/);
    },
  );
});
