import { TcpProxy, type AppProcess, type OwnServer } from '#testing';
import { startProduct, type Product } from '../faults/product.js';
import { withClock } from './clock-control.js';
import { DatabaseServer } from './database-server.js';
import { GATEWAYS, PERSISTENCES } from './size.js';
import { SmallDisk } from './small-disk.js';
import { createOpenQueue } from './ways.js';

/** For what the processes keep. */
const DISK_MEBIBYTES = 256;

/** An installation of which every part, and every way between two parts, can be broken. */
export interface Site {
  /** Past every proxy: for those who judge. */
  readonly databaseUrl: string;
  readonly gateways: readonly AppProcess[];
  readonly persistences: readonly AppProcess[];
  readonly processes: readonly AppProcess[];
  readonly database: DatabaseServer;
  readonly broker: OwnServer | undefined;
  readonly ways: Readonly<Record<string, TcpProxy>>;
  readonly disk: SmallDisk;
  remove(): Promise<void>;
}

export async function createSite(env: Readonly<Record<string, string>> = {}): Promise<Site> {
  const undo: (() => Promise<void>)[] = [];
  const remove = async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const disk = await SmallDisk.create(DISK_MEBIBYTES);
    undo.push(() => disk.remove());
    const database = await DatabaseServer.start();
    undo.push(() => database.remove());
    const way = await TcpProxy.to('127.0.0.1', Number(new URL(database.url).port));
    undo.push(() => way.close());
    const { queue, ways, broker } = await createOpenQueue();
    const product: Product = await startProduct({
      gateways: GATEWAYS,
      persistences: PERSISTENCES,
      databaseUrl: way.urlOf(database.url),
      queue,
      directory: disk,
      env: { ...env, ...withClock() },
    });
    undo.push(() => product.remove());
    const { gateways, persistences, processes } = product;
    return {
      databaseUrl: database.url,
      gateways,
      persistences,
      processes,
      database,
      broker,
      ways: { ...ways, 'persistences to database': way },
      disk,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
