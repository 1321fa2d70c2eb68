import { until } from '#testing';
import { readFileSync } from 'node:fs';
import { startSluice, type RunningSluice } from '../product/sluice.js';

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly text: string;
}

const README = readFileSync('README.md', 'utf8');
const ORIGIN = 'http://127.0.0.1:3000';

/** The tour is what a newcomer types, so it is run as it stands, but for the port and the id that each run makes anew. */
describe('the three minutes of the README', () => {
  let sluice: RunningSluice;
  const commands = [...README.matchAll(/^curl (?:'[^']*'|\\\n|[^'\n])*$/gm)].map(([command]) => wordsOf(command));

  beforeAll(async () => {
    sluice = await startSluice();
  });
  afterAll(() => sluice?.close());

  test('are five commands, whose answers are those that it shows', async () => {
    expect(commands).toHaveLength(5);
    const [place, follow, cancel, cancelAgain, invalid] = commands as [
      string[],
      string[],
      string[],
      string[],
      string[],
    ];

    const placed = await run(place);
    expect(placed.status).toBe(202);
    const operation = placed.location ?? '';
    expect(follow[1]).toMatch(/\/operations\/[\w-]{58}$/);
    const followed = async () => run(['curl', ORIGIN + operation]);
    await until(async () => (await followed()).text.includes('"status":"applied"'), 'the order is applied');
    shows((await followed()).text, '"status":"applied"');
    shows((await followed()).text, '"result":{"orderId":"7d1e1a52-6c1e-4c55-9a43-1f0f0a6f8a01"');

    expect((await run(cancel)).status).toBe(200);
    const refused = await run(cancelAgain);
    expect(refused.status).toBe(409);
    shows(
      refused.text,
      '"type":"/problems/order-already-cancelled","title":"The order is cancelled already.","status":409',
    );

    const faulty = await run(invalid);
    expect(faulty.status).toBe(400);
    shows(faulty.text, '"detail":"The body breaks its schema in 4 places."');
    shows(faulty.text, '{"pointer":"/orderId","detail":"Invalid UUID"}');
  });

  /** The README has the words, and so has the answer. */
  function shows(answer: string, words: string): void {
    expect(README).toContain(words);
    expect(answer).toContain(words);
  }

  async function run(words: readonly string[]): Promise<Answer> {
    const given = (flag: string) => words.flatMap((word, index) => (words[index - 1] === flag ? [word] : []));
    const [body] = given('-d');
    const url = words.find((word) => word.startsWith(ORIGIN)) ?? '';
    const headers = given('-H').map((header) => header.split(/: */, 2) as [string, string]);
    const response = await fetch(url.replace(ORIGIN, sluice.url), {
      headers,
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    return { status: response.status, location: response.headers.get('location'), text: await response.text() };
  }
});

/** The words of a shell command: bare or in single quotes, up to a comment. */
function wordsOf(command: string): string[] {
  const [code = ''] = command.replaceAll('\\\n', ' ').split(' #');
  return [...code.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}
