import type { OrderView, PlaceOrder } from '#contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Exact up to 2^53: pg gives bigint as text, and the largest order that a contract allows is 10^14 cents. */
const wholeNumber = { to: (value?: number) => value, from: (value: string) => Number(value) };

@Entity({ name: 'orders', synchronize: false })
export class Order {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'customer_id' })
  customerId!: string;

  @Column('text')
  currency!: string;

  @Column('bigint', { name: 'total_cents', transformer: wholeNumber })
  totalCents!: number;

  @Column('jsonb')
  lines!: PlaceOrder['lines'];

  @Column('text', { nullable: true })
  note!: string | null;

  @Column('text')
  status!: OrderView['status'];

  @Column('integer')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}

export function toView(order: Order): OrderView {
  const { id, createdAt, updatedAt, ...rest } = order;
  return { orderId: id, ...rest, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
