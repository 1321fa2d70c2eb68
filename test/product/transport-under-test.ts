declare global {
  /** Set by Jest's configuration, which runs the e2e and fault specs once for each subject. */
  var sluiceSubject: string | undefined;
}

/** What this run of a spec is about: a transport, or `classic`, the one of ActiveMQ on its older broker. */
export const SUBJECT = globalThis.sluiceSubject ?? 'in-process';

/** What its processes are told. */
export const TRANSPORT = SUBJECT === 'classic' ? 'activemq' : SUBJECT;

/** Whether gateway and persistence are processes of their own. */
export const APART = TRANSPORT !== 'in-process';
