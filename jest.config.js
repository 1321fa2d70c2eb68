/** Jest runs the compiled tests as native ES modules, so what is tested is what is shipped. */
const project = { testEnvironment: 'node', transform: {} };

/** The product as its users meet it: the same specs on each transport. */
const onTransport = (transport) => ({
  ...project,
  displayName: transport,
  globals: { sluiceTransport: transport },
  testMatch: ['<rootDir>/dist/test/{e2e,faults}/**/*.spec.js'],
});

export default {
  projects: [
    {
      ...project,
      displayName: 'parts',
      testMatch: ['<rootDir>/dist/{apps,libs}/**/*.spec.js', '<rootDir>/dist/test/{assumptions,house}/**/*.spec.js'],
    },
    ...['in-process', 'tcp', 'rabbitmq'].map(onTransport),
  ],
  testTimeout: 60_000,
  globalSetup: '<rootDir>/dist/test/setup/start-servers.js',
  globalTeardown: '<rootDir>/dist/test/setup/stop-servers.js',
  reporters: ['default', '<rootDir>/dist/test/setup/totals-reporter.js'],
};
