import { runProcess } from '#starting';
import { startGateway } from './gateway-process.js';

await runProcess(startGateway, (url) => `Listening on ${url}. Try it: ${url}/docs`);
