/** The image's health check: ends with 0 when the app of this container, whichever it is, answers that it is live. */
const ANSWER_MS_MAX = 2_000;

const { PORT = '3000', PERSISTENCE_PORT = '3002' } = process.env;
const answers = [PORT, PERSISTENCE_PORT].map(async (port) => {
  const response = await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
});
try {
  await Promise.any(answers);
} catch (error) {
  console.error(error.errors.map(({ message, cause }) => cause?.message ?? message).join('\n'));
  process.exitCode = 1;
}
