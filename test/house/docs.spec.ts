import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { standaloneSettings } from '#standalone';
import { loadTransport } from '#transports';

const pages = globSync(['*.md', 'docs/**/*.md', 'bench/*.md']);

test.each(pages)('every link in %s leads to a file that is there', (page) => {
  const targets = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(
    ([, target]) => target ?? '',
  );
  expect(targets.filter((target) => !existsSync(join(dirname(page), target)))).toEqual([]);
});

test('every setting that the documents name exists', async () => {
  const words = pages.flatMap((page) => [...readFileSync(page, 'utf8').matchAll(/`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`/g)]);
  const named = new Set(words.map(([, name]) => name ?? ''));
  expect(named.size).toBeGreaterThan(3);
  // `NAME_FILE` stands for any secret's file, and TEST_DATABASE_URL is the tests' own.
  const { settings } = await loadTransport('in-process');
  const known = new Set([...Object.keys({ ...standaloneSettings, ...settings }), 'NAME', 'TEST_DATABASE_URL']);
  expect([...named].filter((name) => !known.has(name.replace(/_FILE$/, '')))).toEqual([]);
});
