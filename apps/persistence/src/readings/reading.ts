import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'readings', synchronize: false })
export class Reading {
  @PrimaryColumn('uuid', { name: 'command_id' })
  commandId!: string;

  @Column('text', { name: 'device_id' })
  deviceId!: string;

  @Column('text')
  metric!: string;

  @Column('double precision')
  value!: number;

  /** As text, RFC 3339: a `Date` would drop the microseconds that the column keeps. */
  @Column('timestamptz', { name: 'observed_at' })
  observedAt!: string;
}
