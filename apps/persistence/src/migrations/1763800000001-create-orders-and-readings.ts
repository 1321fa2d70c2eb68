import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateOrdersAndReadings1763800000001 implements MigrationInterface {
  readonly name = 'CreateOrdersAndReadings1763800000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE orders (
        id uuid PRIMARY KEY,
        customer_id text NOT NULL,
        currency text NOT NULL,
        total_cents bigint NOT NULL,
        lines jsonb NOT NULL,
        note text,
        status text NOT NULL CHECK (status IN ('placed', 'cancelled')),
        version integer NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE INDEX orders_newest ON orders (created_at DESC, id DESC)`);
    await runner.query(`CREATE INDEX orders_of_customer ON orders (customer_id, created_at DESC, id DESC)`);
    await runner.query(`
      CREATE TABLE readings (
        command_id uuid PRIMARY KEY,
        device_id text NOT NULL,
        metric text NOT NULL,
        value double precision NOT NULL,
        observed_at timestamptz NOT NULL
      )`);
    await runner.query(`CREATE INDEX readings_of_device ON readings (device_id, observed_at DESC)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE readings, orders`);
  }
}
