import { createServer } from 'node:http';

/** An app that does what it is told: throws, or aborts. */
createServer((_request, response) => response.end()).listen(Number(process.env['PORT']), '127.0.0.1');

process.on('message', ({ end }: { end: 'by an exception' | 'by an abort' | 'in order' }) => {
  if (end === 'in order') process.exit(1);
  if (end === 'by an abort') process.abort();
  setImmediate(() => {
    throw new Error('What nobody has caught.');
  });
});
