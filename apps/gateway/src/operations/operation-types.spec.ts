import { catalogue } from '#contracts';
import { OperationTypes } from './operation-types.js';

test('every command type of the catalogue has a number of its own', () => {
  const types = new OperationTypes(catalogue.commands.keys());
  for (const type of catalogue.commands.keys()) expect(types.typeOf(types.numberOf(type))).toBe(type);
});

test('two types with one number stop the start with both names', () => {
  const numbers = new OperationTypes([]);
  const seen = new Map<number, string>();
  for (let version = 1; ; version++) {
    const type = `orders.place.v${version}`;
    const other = seen.get(numbers.numberOf(type));
    if (other === undefined) {
      seen.set(numbers.numberOf(type), type);
      continue;
    }
    expect(() => new OperationTypes([other, type])).toThrow(`'${other}' and '${type}'`);
    return;
  }
});

test('a number that nobody has names no type', () => {
  expect(new OperationTypes([]).typeOf(7)).toBeUndefined();
});
