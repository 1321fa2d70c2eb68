import { codeOf, fault, reasonOf, type Finding } from './finding.js';

const REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there. Start PostgreSQL, or correct host and port in DATABASE_URL.',
  ENOTFOUND: 'The host of DATABASE_URL is unknown here. Correct it, or the name service.',
  EAI_AGAIN: 'The name service does not answer. Mend it, or use an address in DATABASE_URL.',
  '28P01': 'User or password is wrong. Correct them in DATABASE_URL.',
  '28000': 'The server refuses this user or address. Look at its pg_hba.conf, or at the TLS mode in DATABASE_URL.',
  '3D000': 'The database does not exist. Create it, or correct its name in DATABASE_URL.',
  '53300': 'Too many connections. Raise max_connections, or end some.',
  '57P03': 'The server is starting or stopping. Wait, and look again.',
};

const OTHER = 'Look at DATABASE_URL, at the network between, and at what the server logs.';

/** Why there is no connection, and the way out. */
export function connectionFinding(error: unknown): Finding {
  return fault('database', `It cannot be reached: ${reasonOf(error)}.`, REMEDIES[codeOf(error)] ?? OTHER);
}
