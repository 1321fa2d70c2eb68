import everyTest from '../../jest.config.js';

/** For `npm run test:compose` alone: what takes minutes and a Docker engine is no part of `npm test`. */
const { globalSetup: _, globalTeardown: __, ...settings } = everyTest;

export default {
  ...settings,
  rootDir: '../..',
  testMatch: ['<rootDir>/dist/test/compose/**/*.spec.js'],
  testTimeout: 300_000,
};
