import { runProcess } from '#starting';
import { startStandalone } from './standalone.js';

await runProcess(startStandalone, (url) => `Listening on ${url}. Try it: ${url}/docs`);
