import { aStack, describeProduct } from './product-rounds.js';

describe('TRANSPORT=tcp docker compose up', () => {
  const stackOf = aStack('tcp');

  test('starts no broker', async () => {
    const services = await stackOf().compose('ps', '--all', '--format', '{{.Service}}');
    expect(services.split('\n').toSorted()).toEqual(['gateway', 'persistence', 'postgres']);
  });

  describeProduct(stackOf);
});
