import { hostNameOf, isLoopback } from './loopback.js';

describe('loopback', () => {
  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'localhost.evil.example', '127.0.0.1.evil.example', '1270.0.0.1', ''])(
    'is not %j',
    (host) => expect(isLoopback(host)).toBe(false),
  );
});

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
