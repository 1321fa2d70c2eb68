import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const TIMEOUT_MS = 240_000;

/** What `docker …` prints on stdout. Rejects with all that it said when it fails, or takes longer than four minutes. */
export async function docker(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const options = { env: { ...process.env, ...env }, maxBuffer: OUTPUT_BYTES_MAX, timeout: TIMEOUT_MS };
  try {
    const { stdout } = await execute('docker', args, options);
    return stdout.trim();
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`docker ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** A container as the engine sees it. */
export interface ContainerState {
  readonly running: boolean;
  readonly exitCode: number;
  readonly killedForMemory: boolean;
  /** How often its restart policy has started it again. */
  readonly restarts: number;
  /** Changes with each start. */
  readonly startedAt: string;
}

export async function stateOf(container: string): Promise<ContainerState> {
  const [inspected] = JSON.parse(await docker(['inspect', container])) as [Inspected];
  const { State, RestartCount } = inspected;
  return {
    running: State.Running,
    exitCode: State.ExitCode,
    killedForMemory: State.OOMKilled,
    restarts: RestartCount,
    startedAt: State.StartedAt,
  };
}

interface Inspected {
  readonly State: {
    readonly Running: boolean;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly StartedAt: string;
  };
  readonly RestartCount: number;
}
