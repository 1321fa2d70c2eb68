import { startFailureText } from '#starting';

import { seal } from './seal.js';

const stopping = new AbortController();
process.on('SIGINT', () => stopping.abort());
process.on('SIGTERM', () => stopping.abort());

try {
  await seal({ log: (line) => console.log(line), signal: stopping.signal });
} catch (error) {
  console.error(startFailureText(error));
  process.exitCode = 1;
}
