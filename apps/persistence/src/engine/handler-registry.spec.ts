import { Catalogue } from '#contracts';
import { MemoryBroker, MemoryTransport } from '#testing';
import { Database } from '../database/database.js';
import { Engine } from './engine.js';
import { defineThing, one } from './engine.fixture.js';
import { HandlerRegistry } from './handler-registry.js';

const [first, second] = [defineThing({ type: 'test.first.v1' }), defineThing({ type: 'test.second.v1' })];

class FirstHandler {
  async handle(): Promise<void> {}
}

test('a contract without a handler stops the start and is named, with the handlers that there are', () => {
  const catalogue = new Catalogue([first, second]);
  const start = () => new HandlerRegistry(catalogue, [{ contract: first, handler: new FirstHandler() }]);
  expect(start).toThrow(/test\.second\.v1.*FirstHandler/s);
});

test('a handler without a contract stops the start, and both are named', () => {
  const start = () => new HandlerRegistry(new Catalogue([]), [{ contract: first, handler: new FirstHandler() }]);
  expect(start).toThrow(/FirstHandler.*test\.first\.v1/s);
});

test('two handlers of one contract stop the start', () => {
  const binding = { contract: first, handler: new FirstHandler() };
  expect(() => new HandlerRegistry(new Catalogue([first]), [binding, binding])).toThrow('has two handlers');
});

test('a handler that may outlast its session is refused, and both limits are named', () => {
  const patient = defineThing({ type: 'test.patient.v1', handlerTimeoutMs: 60_000 });
  const registry = new HandlerRegistry(new Catalogue([patient]), [{ contract: patient, handler: new FirstHandler() }]);
  const database = new Database({ url: 'postgres://127.0.0.1:1/none', lanes: 1, idleInTransactionTimeoutMs: 50_000 });
  const transport = new MemoryTransport(new MemoryBroker(1));
  const start = () => new Engine({ database, registry, transport });
  expect(start).toThrow(/FirstHandler.*handlerTimeoutMs 60000.*test\.patient\.v1.*idleInTransactionTimeoutMs 50000/s);
  expect(() => registry.refuseLongerThan(60_001)).not.toThrow();
});

test('every contract finds its handler', () => {
  const handler = one(async () => undefined);
  const registry = new HandlerRegistry(new Catalogue([first]), [{ contract: first, handler }]);
  expect(registry.of('test.first.v1')).toEqual({ contract: first, handler });
  expect(registry.of('test.other.v1')).toBeUndefined();
});
