import { validate } from '../definition/schema.js';
import { CancelOrder, PlaceOrder } from './orders.js';
import { RecordReading } from './readings.js';

const order: PlaceOrder = {
  orderId: '0b9f6a52-6c1e-4c55-9a43-1f0f0a6f8a01',
  customerId: 'c',
  currency: 'EUR',
  lines: [{ sku: 's', quantity: 1, unitPriceCents: 0 }],
};
const line = order.lines[0]!;
const reading: RecordReading = { deviceId: 'd', metric: 'm', value: 1, observedAt: '2026-11-22T09:30:00Z' };

describe('orders.place.v1', () => {
  test.each([
    ['the smallest order', order],
    [
      'the largest order',
      { ...order, customerId: 'c'.repeat(64), note: 'n'.repeat(500), lines: Array(100).fill(line) },
    ],
    ['the largest line', { ...order, lines: [{ sku: 's'.repeat(64), quantity: 10_000, unitPriceCents: 100_000_000 }] }],
  ])('takes %s', (_, payload) => expect(validate(PlaceOrder.payload, payload).valid).toBe(true));

  test.each([
    ['/orderId', { ...order, orderId: 'no' }],
    ['/customerId', { ...order, customerId: '' }],
    ['/customerId', { ...order, customerId: 'c'.repeat(65) }],
    ['/currency', { ...order, currency: 'eur' }],
    ['/currency', { ...order, currency: 'ZZZ' }],
    ['/lines', { ...order, lines: [] }],
    ['/lines', { ...order, lines: Array(101).fill(line) }],
    ['/lines/0/quantity', { ...order, lines: [{ ...line, quantity: 0 }] }],
    ['/lines/0/quantity', { ...order, lines: [{ ...line, quantity: 10_001 }] }],
    ['/lines/0/quantity', { ...order, lines: [{ ...line, quantity: 1.5 }] }],
    ['/lines/0/unitPriceCents', { ...order, lines: [{ ...line, unitPriceCents: -1 }] }],
    ['/lines/0/unitPriceCents', { ...order, lines: [{ ...line, unitPriceCents: 100_000_001 }] }],
    ['/note', { ...order, note: 'n'.repeat(501) }],
    ['', { ...order, surprise: 1 }],
    ['/lines/0', { ...order, lines: [{ ...line, surprise: 1 }] }],
  ])('refuses a fault at %p', (pointer, payload) => {
    const result = validate(PlaceOrder.payload, payload);
    expect(result.valid ? [] : result.faults.map((fault) => fault.pointer)).toEqual([pointer]);
  });

  test('shares its stream and its key with orders.cancel.v1, whatever the case of the id', () => {
    expect(CancelOrder.stream).toBe(PlaceOrder.stream);
    expect(CancelOrder.key({ orderId: order.orderId.toUpperCase() })).toBe(PlaceOrder.key(order));
  });
});

describe('readings.record.v1', () => {
  test.each([['Z'], ['+01:00'], ['-15:59'], ['.123456Z']])('takes an instant that ends in %s', (end) => {
    const observedAt = `2026-11-22T09:30:00${end}`;
    expect(validate(RecordReading.payload, { ...reading, observedAt }).valid).toBe(true);
  });

  test.each([
    ['/value', { ...reading, value: Number.NaN }],
    ['/value', { ...reading, value: Infinity }],
    ['/value', { ...reading, value: '1' }],
    ['/observedAt', { ...reading, observedAt: '2026-11-22T09:30:00' }],
    ['/observedAt', { ...reading, observedAt: 'yesterday' }],
    ['/observedAt', { ...reading, observedAt: '2026-11-22T09:30:00+16:00' }],
    ['/observedAt', { ...reading, observedAt: '0000-01-01T00:00:00Z' }],
    ['', { ...reading, unit: 'K' }],
  ])('refuses a fault at %p', (pointer, payload) => {
    const result = validate(RecordReading.payload, payload);
    expect(result.valid ? [] : result.faults.map((fault) => fault.pointer)).toEqual([pointer]);
  });

  test('is relaxed', () => expect(RecordReading.stream.ordering).toBe('relaxed'));
});
