import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Spool } from './spool.js';
import { inDirectory, refusal, spoolOptions, withSpool } from './spool.fixture.js';

const openInAnotherProcess = fileURLToPath(import.meta.resolve('./spool-process.fixture.js'));

describe('The owner of a spool', () => {
  test('is one process: another is refused at once, and told the file and the owner', async () => {
    await inDirectory((directory) =>
      withSpool(spoolOptions(directory), async () => {
        const other = spawnSync(process.execPath, [openInAnotherProcess, directory], {
          encoding: 'utf8',
          timeout: 30_000,
        });
        expect(other.status).toBe(1);
        expect(other.stderr).toContain(
          `TransportError: The spool ${directory}/spool.sqlite is in use by process ${process.pid}`,
        );
      }),
    );
  });

  test('is one within a process too, and gives the spool free by closing it', async () => {
    await inDirectory(async (directory) => {
      await withSpool(spoolOptions(directory), async () => {
        const error = await refusal(Spool.open(spoolOptions(directory)));
        expect(error).toMatchObject({ setting: 'DATA_DIR', message: expect.stringMatching(/in use by process/) });
      });
      await withSpool(spoolOptions(directory), async () => undefined);
    });
  });
});
