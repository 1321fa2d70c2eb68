import { IsISO8601, IsNumber, IsString, Length } from 'class-validator';
import { Column, Entity, PrimaryColumn } from 'typeorm';

const NAME_LENGTH_MAX = 64;

/** The body, with the rules that Sluice's contract of the same command has, as Nest's own documentation writes them. */
export class ReadingDto {
  @IsString()
  @Length(1, NAME_LENGTH_MAX)
  deviceId!: string;

  @IsString()
  @Length(1, NAME_LENGTH_MAX)
  metric!: string;

  @IsNumber()
  value!: number;

  @IsISO8601({ strict: true })
  observedAt!: string;
}

/** What travels through the queue: its id makes a repetition harmless. */
export interface Command extends ReadingDto {
  readonly commandId: string;
}

/** The same table as Sluice's. */
@Entity('readings')
export class ReadingRow {
  @PrimaryColumn('uuid', { name: 'command_id' })
  commandId!: string;

  @Column('text', { name: 'device_id' })
  deviceId!: string;

  @Column('text')
  metric!: string;

  @Column('double precision')
  value!: number;

  @Column('timestamptz', { name: 'observed_at' })
  observedAt!: string;
}
