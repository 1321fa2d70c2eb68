import { startStandalone } from '#standalone';
import { createDying } from './dying-gateway.js';

// Run as a process of its own, since it will not end well.
await startStandalone({ createApplication: createDying });
