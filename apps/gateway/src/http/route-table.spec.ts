import { RouteTable } from './route-table.js';

describe('the route table', () => {
  const table = new RouteTable();
  table.add(['GET', 'HEAD'], '/orders/:id');
  table.add('POST', '/orders');
  table.add('get', '/docs/*');

  it('knows the methods of a path with parameters', () => {
    expect(table.methodsOf('/orders/1')).toEqual(['GET', 'HEAD']);
  });

  it('knows that a parameter is never empty, and never two segments', () => {
    expect(table.methodsOf('/orders/')).toEqual([]);
    expect(table.methodsOf('/orders/1/2')).toEqual([]);
  });

  it('knows that a wildcard takes any rest', () => {
    expect(table.methodsOf('/docs/a/b')).toEqual(['GET']);
    expect(table.methodsOf('/docs')).toEqual([]);
  });
});
