import { readFileSync } from 'node:fs';

const PAGE = readFileSync('docs/interop.md', 'utf8');
const FOLDER = 'test/interop/java/src/main/java/sluice/interop';
/** Each excerpt says above it where it is from. */
const EXCERPTS = [...PAGE.matchAll(/<!-- from (\w+\.java), (\w+) -->\n+```java\n([^]*?)```/g)];

test('the page about other programs has all its Java from files that are tested', () => {
  expect(EXCERPTS.length).toBeGreaterThan(4);
  expect(PAGE.split('```java').length - 1).toBe(EXCERPTS.length);
});

test.each(EXCERPTS.map(([, file = '', region = '', text = '']) => [file, region, text]))(
  'what it shows of %s, %s, is what that says',
  (file, region, text) => {
    const source = readFileSync(`${FOLDER}/${file}`, 'utf8');
    const [, marked] = new RegExp(`^ *// region ${region}\n([^]*?)^ *// endregion`, 'm').exec(source) ?? [];
    expect(text).toBe(withoutIndent(marked ?? ''));
  },
);

function withoutIndent(text: string): string {
  const lines = text.split('\n');
  const indent = Math.min(...lines.filter((line) => line !== '').map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(indent)).join('\n');
}
