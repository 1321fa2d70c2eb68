import { AppProcess, createTestDatabase, createTestDirectory } from '#testing';

/** The running product with a database and a folder of its own. */
export interface Product {
  readonly sluice: AppProcess;
  readonly databaseUrl: string;
  /** Stops it, and leaves nothing behind. */
  remove(): Promise<void>;
}

export async function startProduct(entry: string): Promise<Product> {
  const directory = await createTestDirectory();
  const database = await createTestDatabase();
  const sluice = await AppProcess.prepare(entry, { DATA_DIR: directory.path, DATABASE_URL: database.url });
  await sluice.start();
  return {
    sluice,
    databaseUrl: database.url,
    remove: async () => {
      await sluice.stop();
      await database.drop();
      await directory.remove();
    },
  };
}
