/** Jest runs the compiled tests as native ES modules, so what is tested is what is shipped. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/dist/**/*.spec.js'],
  transform: {},
  testTimeout: 60_000,
};
