import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import type { ServerUser } from './server-user.js';

/**
 * Runs the program until it ends or until its stdin does, which the kernel closes when the other end dies, even by
 * SIGKILL. SIGINT is PostgreSQL's fast shutdown.
 */
const GUARD = `
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
( while read -r line; do :; done; kill -INT $program ) <&3 2>/dev/null &
guard=$!
exec 3<&-
wait $program
code=$?
kill $guard 2>/dev/null
exit $code
`;

/** A program that cannot outlive this process. */
export class GuardedProcess {
  /** The shell's exit code, which is the program's, once it has ended. */
  readonly ended: Promise<number>;
  readonly #shell: ChildProcess;
  readonly #lines: string[] = [];
  readonly #watchers = new Set<(line: string) => void>();

  /** `onLine` hears each line of the program's stderr. Another process group, so that Ctrl-C reaches only this process. */
  constructor(program: string, args: readonly string[], { uid, gid, dropped }: ServerUser, cwd: string) {
    this.#shell = spawn('/bin/sh', ['-c', GUARD, 'sh', program, ...args], {
      cwd,
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
      ...(dropped ? { uid, gid } : {}),
    });
    this.#shell.stdin?.on('error', () => undefined);
    const stderr = this.#shell.stderr;
    if (stderr) createInterface({ input: stderr }).on('line', (line) => this.#heard(line));
    this.ended = once(this.#shell, 'close').then(([code]) => (code as number | null) ?? 1);
    this.ended.catch(() => undefined);
  }

  /** The last lines of its stderr. */
  get complaint(): string {
    return this.#lines.join('\n');
  }

  onLine(watcher: (line: string) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Asks the program to end; `ended` says when it has. */
  stop(): void {
    this.#shell.stdin?.end();
  }

  #heard(line: string): void {
    if (this.#lines.push(line) > 20) this.#lines.shift();
    for (const watcher of this.#watchers) watcher(line);
  }
}
