/**
 * Tools for tests, and the transport conformance kit. Imported by tests and benches only.
 *
 * A transport joins the kit with one spec beside it, `x.conformance.spec.ts`:
 *
 *     import { proveTransport } from '#testing';
 *     import { create, guarantees } from './conformance-subject.js';
 *
 *     proveTransport({
 *       name: 'x',
 *       guarantees,                  // must equal those of its transports
 *       create,                      // (queue) => Transport, not open; the same queue again has the same commands
 *       processModule: import.meta.resolve('./conformance-subject.js'),  // exports create: run in processes to be killed
 *       bounded: true,               // create heeds queue.countMax
 *       documented: true,            // it has a row in docs/transports.md
 *       faults: { … },               // what the kit may break: see Faults; none is required
 *       skips: { 'many consumers': ['13', …], 'fault cut': ['26', '38', '41'] },
 *     });
 *
 * `queue.name` is unique, `queue.directory` is a fresh one of its own, `queue.lanes` is how many lanes to have. A case runs
 * when everything that it needs is declared. `skips` must equal what does not run; the test that compares them prints both.
 * `memory/` is the reference transport, `mutants/` breaks it in every way that a case must catch.
 */
export * from './activemq/artemis-server.js';
export * from './activemq/classic-server.js';
export * from './activemq/describe-with-activemq.js';
export { ARTEMIS, CLASSIC_5, CLASSIC_6 } from './activemq/releases.js';
export * from './activemq/shared-activemq.js';
export * from './kafka/describe-with-kafka.js';
export * from './kafka/kafka-server.js';
export * from './kafka/releases.js';
export * from './kafka/shared-kafka.js';
export * from './kit/broker-ways.js';
export * from './kit/case.js';
export * from './kit/prove-transport.js';
export type * from './kit/subject.js';
export * from './maven/java.js';
export type { MavenSet } from './maven/maven-set.js';
export * from './memory/memory-broker.js';
export * from './memory/memory-transport.js';
export * from './memory/subject.js';
export * from './nats/describe-with-nats.js';
export * from './nats/installation.js';
export * from './nats/nats-server.js';
export * from './nats/shared-nats.js';
export * from './network/free-port.js';
export * from './network/tcp-proxy.js';
export * from './network/test-ca.js';
export * from './postgres/test-database.js';
export * from './process/is-alive.js';
export * from './process/app-process.js';
export * from './process/describe-with.js';
export { ACCOUNT, type Account, type OwnServer } from './process/own-server.js';
export * from './process/shared-servers.js';
export * from './process/small-disk.js';
export * from './process/test-directory.js';
export * from './rabbitmq/describe-with-rabbitmq.js';
export * from './rabbitmq/installation.js';
export * from './rabbitmq/rabbitmq-node.js';
export * from './rabbitmq/rabbitmq-server.js';
export * from './rabbitmq/shared-rabbitmq.js';
export * from './random.js';
export * from './until.js';
