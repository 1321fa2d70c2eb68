/** Jest runs the compiled tests as native ES modules, so what is tested is what is shipped. */
const project = {
  testEnvironment: 'node',
  transform: {},
  modulePathIgnorePatterns: ['<rootDir>/dist/peers/'],
  setupFilesAfterEnv: ['<rootDir>/dist/test/setup/once-more.js'],
};

/** The product as its users meet it: the same specs on each transport. */
const onTransport = (transport, rooms) => ({
  ...project,
  displayName: transport,
  globals: { sluiceTransport: transport },
  testMatch: rooms.map((room) => `<rootDir>/dist/test/${room}/*.spec.js`),
});

/** Where gateway and persistence are one process, there is nothing between them to break, and nothing to scale. */
const TOGETHER = ['e2e', 'faults', 'chaos/run'];
const APART = [...TOGETHER, 'faults/apart'];
/** Only to a broker can other programs send without the gateway. */
const BY_BROKER = [...APART, 'fuzz/broker'];

/** By transport: a sentence where its broker cannot be had on this machine. The tests of a part ask for themselves. */
const BROKERS = {
  rabbitmq: async () => (process.env.TEST_RABBITMQ_URL ? undefined : (await import('#testing')).findRabbitMq()),
  kafka: async () => (await import('#testing')).findKafka(),
  activemq: async () => (await import('#testing')).findArtemis(),
  nats: async () => (await import('#testing')).findNats(),
};

/** In CI nothing is left out, so that a broker that is missing is a failure. */
async function withoutMissingBrokers(projects) {
  const selected = process.argv.includes('--selectProjects') ? process.argv : Object.keys(BROKERS);
  const missing = new Set();
  for (const [transport, find] of Object.entries(BROKERS)) {
    if (process.env.CI === 'true' || !selected.includes(transport)) continue;
    const found = await find();
    if (typeof found !== 'string') continue;
    process.stderr.write(`TRANSPORT=${transport} is not tried as a whole. ${found}\n`);
    missing.add(transport);
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
    onTransport('in-process', TOGETHER),
    onTransport('tcp', APART),
    // The programs of that room know RabbitMQ's ways.
    onTransport('rabbitmq', [...BY_BROKER, 'e2e/broker']),
    onTransport('kafka', BY_BROKER),
    onTransport('activemq', BY_BROKER),
    onTransport('nats', BY_BROKER),
    // Each spec names its transport itself.
    { ...onTransport('tcp', ['interop']), displayName: 'interop' },
  ]),
  testTimeout: 60_000,
  // Each suite leaves its modules in its worker; with a large heap one collection takes longer than brokers wait for a heartbeat.
  workerIdleMemoryLimit: '500MB',
  globalSetup: '<rootDir>/dist/test/setup/start-servers.js',
  globalTeardown: '<rootDir>/dist/test/setup/stop-servers.js',
  reporters: ['default', '<rootDir>/dist/test/setup/totals-reporter.js'],
});
