import { runProcess } from '#starting';
import { startPersistence } from './persistence-process.js';

await runProcess(startPersistence, (url) => `Persistence runs. Its health: ${url}/health/ready`);
