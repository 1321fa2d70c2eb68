import { createTestDirectory, within } from '#testing';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDataDir } from './data-dir.js';

test('folders are made down to the last one, and one that is there is left as it is', async () => {
  const directory = await createTestDirectory();
  const path = join(directory.path, 'a', 'b', 'c');
  await makeDataDir(path);
  await makeDataDir(path);
  expect((await stat(path)).isDirectory()).toBe(true);
  await mkdir(join(path, 'kept'));
  await makeDataDir(path);
  expect((await stat(join(path, 'kept'))).isDirectory()).toBe(true);
  await directory.remove();
});

test('a folder that cannot be made is told at once, with the setting to change', async () => {
  const directory = await createTestDirectory();
  const file = join(directory.path, 'file');
  await writeFile(file, '');
  for (const path of [file, join(file, 'below'), '/proc/nobody/below']) {
    await expect(within(makeDataDir(path), 'it is told')).rejects.toThrow(/cannot be made .*Set DATA_DIR/);
  }
  await directory.remove();
});
