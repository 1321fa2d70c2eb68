import { startStandalone } from '#standalone';
import { createWithKiller } from './killing-handler.js';

// Run as a process of its own, since it will not end well.
await startStandalone({ createApplication: createWithKiller });
