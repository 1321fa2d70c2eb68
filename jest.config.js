/** Jest runs the compiled tests as native ES modules, so what is tested is what is shipped. */
const project = {
  testEnvironment: 'node',
  transform: {},
  modulePathIgnorePatterns: ['<rootDir>/dist/peers/'],
  setupFilesAfterEnv: ['<rootDir>/dist/test/setup/once-more.js'],
};

/** The product as its users meet it: the same specs on each transport, and on each kind of broker that one of them takes. */
const onSubject = (subject, rooms) => ({
  ...project,
  displayName: subject,
  globals: { sluiceSubject: subject },
  testMatch: rooms.map((room) => `<rootDir>/dist/test/${room}/*.spec.js`),
});

/** Where gateway and persistence are one process, there is nothing between them to break, and nothing to scale. */
const TOGETHER = ['e2e', 'faults', 'chaos/run'];
const APART = [...TOGETHER, 'faults/apart'];
/** Only to a broker can other programs send without the gateway. */
const BY_BROKER = [...APART, 'fuzz/broker'];

/** By subject: a sentence where its broker cannot be had on this machine. The tests of a part ask for themselves. */
const BROKERS = {
  rabbitmq: async () => (process.env.TEST_RABBITMQ_URL ? undefined : (await import('#testing')).findRabbitMq()),
  kafka: async () => (await import('#testing')).findKafka(),
  activemq: async () => (await import('#testing')).findArtemis(),
  classic: async () => (await import('#testing')).findClassic(),
  nats: async () => (await import('#testing')).findNats(),
};

/** In CI nothing is left out, so that a broker that is missing is a failure. */
async function withoutMissingBrokers(projects) {
  const selected = process.argv.includes('--selectProjects') ? process.argv : Object.keys(BROKERS);
  const missing = new Set();
  for (const [subject, find] of Object.entries(BROKERS)) {
    if (process.env.CI === 'true' || !selected.includes(subject)) continue;
    const found = await find();
    if (typeof found !== 'string') continue;
    process.stderr.write(`The product is not tried on ${subject}. ${found}\n`);
    missing.add(subject);
  }
  return projects.filter(({ displayName }) => !missing.has(displayName));
}

export default async () => ({
  projects: await withoutMissingBrokers([
    {
      ...project,
      displayName: 'parts',
      testMatch: [
        '<rootDir>/dist/{apps,libs,bench}/**/*.spec.js',
        '<rootDir>/dist/test/{assumptions,house,setup}/**/*.spec.js',
        '<rootDir>/dist/test/{chaos,fuzz}/*.spec.js',
        // From one transport to another, so none of them is under test alone.
        '<rootDir>/dist/test/faults/moving/*.spec.js',
      ],
    },
    onSubject('in-process', TOGETHER),
    onSubject('tcp', APART),
    // The programs of that room know RabbitMQ's ways.
    onSubject('rabbitmq', [...BY_BROKER, 'e2e/broker']),
    onSubject('kafka', BY_BROKER),
    onSubject('activemq', BY_BROKER),
    onSubject('classic', BY_BROKER),
    onSubject('nats', BY_BROKER),
    // Each spec names its transport itself.
    { ...onSubject('tcp', ['interop']), displayName: 'interop' },
  ]),
  // Whoever needs a broker of the run first waits for its start, beside other suites that start theirs.
  testTimeout: 180_000,
  // Each suite leaves its modules in its worker; with a large heap one collection takes longer than brokers wait for a heartbeat.
  workerIdleMemoryLimit: '500MB',
  globalSetup: '<rootDir>/dist/test/setup/start-servers.js',
  globalTeardown: '<rootDir>/dist/test/setup/stop-servers.js',
  testSequencer: '<rootDir>/dist/test/setup/mixed-sequencer.js',
  reporters: ['default', '<rootDir>/dist/test/setup/totals-reporter.js'],
});
