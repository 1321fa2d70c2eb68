/** One calm line for people, on stderr so that a task's own output stays clean. */
export function say(line) {
  process.stderr.write(`sluice: ${line}\n`);
}

/** Ends a task with a message instead of a stack trace. */
export class Failure extends Error {}
