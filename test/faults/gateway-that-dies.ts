import { startGateway } from '#gateway';
import { createDying } from './dying-gateway.js';

// Run as a process of its own, since it will not end well.
await startGateway({ createApplication: createDying });
