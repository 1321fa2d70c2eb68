import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createTestDirectory, type TestDirectory } from '../process/test-directory.js';
import { describeWith } from '../process/describe-with.js';
import { findJava } from './java.js';
import { fetchSet, type MavenSet } from './maven-set.js';

const SET: MavenSet = {
  name: 'slf4j',
  artifacts: ['org.slf4j:slf4j-simple:1.7.36'],
  sums: `
d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0  slf4j-api-1.7.36.jar
0000000000000000000000000000000000000000000000000000000000000000  slf4j-simple-1.7.36.jar
`,
};

await describeWith(findJava, 'A set of files from Maven', () => {
  let cache: TestDirectory;

  beforeEach(async () => {
    cache = await createTestDirectory();
    process.env['XDG_CACHE_HOME'] = cache.path;
  });

  afterEach(async () => {
    delete process.env['XDG_CACHE_HOME'];
    await cache.remove();
  });

  test('is refused where one of its files is not the pinned one, and nothing of it stays', async () => {
    const refusal = await fetchSet(SET);
    expect(refusal).toMatch(
      /^slf4j cannot be fetched: .*Pinned: 0{64} {2}slf4j-simple-1\.7\.36\.jar\. Came: (?!0{64})/,
    );
    expect(await readdir(`${cache.path}/sluice`)).toEqual([]);
  });

  test('that is not there is refused with what Maven says', async () => {
    const refusal = await fetchSet({ ...SET, artifacts: ['org.slf4j:slf4j-simple:0.0.0'] });
    expect(refusal).toMatch(/slf4j-simple:jar:0\.0\.0/);
    expect(existsSync(`${cache.path}/sluice/slf4j`)).toBe(false);
  });
});
