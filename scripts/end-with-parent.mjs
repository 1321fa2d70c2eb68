/**
 * Loaded before a task's program, and by what it forks: it ends as by SIGTERM when the process that started it dies, even
 * by SIGKILL, since the operating system then closes the channel between the two.
 */
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // Our listening alone keeps no program alive; one that takes messages stays for them, as it would without us.
  process.channel.unref();
  process.on('newListener', (event) => event === 'message' && process.channel?.ref());
  process.on('removeListener', (event) => event === 'message' && process.channel?.unref());
}
