/**
 * Loaded before a task's program: it ends as by SIGTERM when the process that started it dies, even by SIGKILL, since the
 * operating system then closes the channel between the two.
 */
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
