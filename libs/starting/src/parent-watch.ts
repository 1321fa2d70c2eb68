/**
 * Calls back once when the process that started this one over an IPC channel has ended, even by SIGKILL. Without such a
 * channel nothing is watched. The watch does not keep this process alive.
 */
export function stopWhenParentEnds(onEnd: () => void): void {
  if (process.channel === undefined) return;
  process.once('disconnect', onEnd);
  process.channel.unref();
}
