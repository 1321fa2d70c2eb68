/** Jest runs the compiled tests as native ES modules, so what is tested is what is shipped. */
const project = { testEnvironment: 'node', transform: {} };

/** The product as its users meet it: the same specs on each transport. */
const onTransport = (transport, rooms) => ({
  ...project,
  displayName: transport,
  globals: { sluiceTransport: transport },
  testMatch: rooms.map((room) => `<rootDir>/dist/test/${room}/*.spec.js`),
});

/** Where gateway and persistence are one process, there is nothing between them to break, and nothing to scale. */
const TOGETHER = ['e2e', 'faults'];
const APART = [...TOGETHER, 'faults/apart'];
/** Only to a broker can other programs send without the gateway. */
const BY_BROKER = [...APART, 'e2e/broker'];

export default {
  projects: [
    {
      ...project,
      displayName: 'parts',
      testMatch: [
        '<rootDir>/dist/{apps,libs}/**/*.spec.js',
        '<rootDir>/dist/test/{assumptions,chaos,house}/**/*.spec.js',
        // From one transport to another, so none of them is under test alone.
        '<rootDir>/dist/test/faults/moving/*.spec.js',
      ],
    },
    onTransport('in-process', TOGETHER),
    onTransport('tcp', APART),
    onTransport('rabbitmq', BY_BROKER),
  ],
  testTimeout: 60_000,
  // Each suite leaves its modules in its worker; with a large heap one collection takes longer than brokers wait for a heartbeat.
  workerIdleMemoryLimit: '500MB',
  globalSetup: '<rootDir>/dist/test/setup/start-servers.js',
  globalTeardown: '<rootDir>/dist/test/setup/stop-servers.js',
  reporters: ['default', '<rootDir>/dist/test/setup/totals-reporter.js'],
};
