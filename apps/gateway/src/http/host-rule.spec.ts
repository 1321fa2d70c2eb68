import { hostNameOf } from './host-rule.js';

describe('the host of a Host header', () => {
  it.each([
    ['localhost:3000', 'localhost'],
    ['LocalHost', 'localhost'],
    ['[::1]:3000', '[::1]'],
    ['127.0.0.1', '127.0.0.1'],
    ['user@localhost', undefined],
    ['localhost:3000:1', undefined],
    ['', undefined],
  ])('of %j is %j', (authority, name) => expect(hostNameOf(authority)).toBe(name));
});
