declare global {
  /** Set by Jest's configuration, which runs the e2e and fault specs once for each transport. */
  var sluiceTransport: string | undefined;
}

/** The transport that this run of a spec is about. */
export const TRANSPORT = globalThis.sluiceTransport ?? 'in-process';

/** Whether gateway and persistence are processes of their own. */
export const APART = TRANSPORT !== 'in-process';
