import { memorySubject } from '../memory/subject.js';
import { skippedCases, transportCases } from './prove-transport.js';

test('no two cases have the same number', () => {
  const numbers = transportCases.map(({ number }) => number);
  expect(numbers.length).toBe(new Set(numbers).size);
});

test('a transport that declares less skips the cases that need it, under the first need that is missing', () => {
  const healthy = memorySubject();
  const { cut: _cut, ...faults } = healthy.faults;
  const lesser = { ...healthy, guarantees: { ...healthy.guarantees, publishers: 'one' as const }, faults };
  expect(skippedCases(lesser)).toEqual({
    'durable storage': ['18'],
    'many publishers': ['4b', '34'],
    'fault cut': ['26', '38', '41'],
  });
});

test('a transport that declares everything skips nothing', () => {
  const healthy = memorySubject();
  expect(skippedCases({ ...healthy, guarantees: { ...healthy.guarantees, durability: 'disk' } })).toEqual({});
});
