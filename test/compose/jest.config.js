/** For `npm run test:compose` alone: what takes minutes and a Docker engine is no part of `npm test`. */
export default {
  rootDir: '../..',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/dist/test/compose/**/*.spec.js'],
  transform: {},
  testTimeout: 300_000,
  reporters: ['default', '<rootDir>/dist/test/setup/totals-reporter.js'],
};
