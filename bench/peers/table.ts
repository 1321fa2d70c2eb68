import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions, type Repository } from 'typeorm';
import type { Module } from './peer.js';
import { ReadingRow, type Command } from './reading.js';

function optionsOf(url: string): DataSourceOptions {
  return { type: 'postgres', url, entities: [ReadingRow] };
}

/** The table as Nest's documentation binds it. */
export function tableModules(url: string): Module[] {
  return [TypeOrmModule.forRoot(optionsOf(url)), TypeOrmModule.forFeature([ReadingRow])];
}

/** The same for a consumer without Nest. */
export async function openTable(url: string): Promise<Repository<ReadingRow>> {
  const source = await new DataSource(optionsOf(url)).initialize();
  return source.getRepository(ReadingRow);
}

/** Inserts what is not there yet, so that a repeated delivery changes nothing. */
export async function insertReadings(table: Repository<ReadingRow>, readings: readonly Command[]): Promise<void> {
  const rows = readings.map(({ commandId, deviceId, metric, value, observedAt }) => ({
    commandId,
    deviceId,
    metric,
    value,
    observedAt,
  }));
  await table.createQueryBuilder().insert().values(rows).orIgnore().updateEntity(false).execute();
}
