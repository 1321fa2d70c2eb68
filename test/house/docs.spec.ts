import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gatewayProcessSettings, sealingSettings } from '#gateway';
import { persistenceProcessSettings } from '#persistence';
import { standaloneSettings } from '#standalone';
import { loadTransport, transportNames } from '#transports';

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
  // `NAME_FILE` stands for any secret's file.
  const apps = [standaloneSettings, gatewayProcessSettings, persistenceProcessSettings, sealingSettings];
  const transports = await Promise.all(transportNames.map(async (name) => (await loadTransport(name)).settings));
  const names = [...apps, ...transports].flatMap((settings) => Object.keys(settings));
  const known = new Set([...names, ...settingsOfTests(), 'NAME']);
  expect([...named].filter((name) => !known.has(name.replace(/_FILE$/, '')))).toEqual([]);
});

/** What the tests themselves read from the environment. */
function settingsOfTests(): string[] {
  const sources = globSync(['libs/testing/**/*.ts', 'test/setup/*.ts']).map((source) => readFileSync(source, 'utf8'));
  return sources.flatMap((source) =>
    [...source.matchAll(/process\.env\['(TEST_\w+)'\]/g)].map(([, name]) => name ?? ''),
  );
}

test('every npm script that the documents name exists', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const named = pages.flatMap((page) => [...readFileSync(page, 'utf8').matchAll(/npm run ([a-z][a-z:-]*)/g)]);
  expect(named.length).toBeGreaterThan(3);
  expect(named.map(([, name]) => name ?? '').filter((name) => !(name in scripts))).toEqual([]);
});
