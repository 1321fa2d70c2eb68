/** Jest runs the compiled tests as native ES modules, so what is tested is what is shipped. */
export default {
  testEnvironment: 'node',
  // test/compose takes minutes and a Docker engine: npm run test:compose.
  testMatch: ['<rootDir>/dist/**/*.spec.js', '!<rootDir>/dist/test/compose/**'],
  transform: {},
  testTimeout: 60_000,
  globalSetup: '<rootDir>/dist/test/setup/start-postgres.js',
  globalTeardown: '<rootDir>/dist/test/setup/stop-postgres.js',
  reporters: ['default', '<rootDir>/dist/test/setup/totals-reporter.js'],
};
