import { startPersistence } from '#persistence';
import { createWithKiller } from './killing-handler.js';

// Run as a process of its own, since it will not end well.
await startPersistence({ createApplication: createWithKiller });
