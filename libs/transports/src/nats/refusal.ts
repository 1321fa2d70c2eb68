import { errors } from '@nats-io/transport-node';
import { TransportError } from '#messaging';

const URLS = 'NATS_URLS';
const CREDENTIALS = 'in NATS_URLS, NATS_CREDS_PATH or NATS_NKEY_PATH';

/** What waiting does not mend, as an error that names the way out; undefined where the server may simply be away. */
export function refusalOf(cause: unknown, name: string): TransportError | undefined {
  const refuse = (text: string, setting: string) => new TransportError(text, { setting, cause });
  // Not a refusal: either end was too busy to say in time who it is.
  if (TOO_SLOW.test((cause as Error | undefined)?.message ?? '')) return undefined;
  if (cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError) {
    return refuse(`The server at ${name} refuses the user (${cause.message}). Correct it ${CREDENTIALS}.`, URLS);
  }
  if (cause instanceof errors.PermissionViolationError) {
    const { operation, subject } = cause;
    const act = operation === 'publish' ? 'publish to' : 'subscribe to';
    const text = `The server at ${name} does not let this user ${act} ${subject}. Give it that right there, or set another user ${CREDENTIALS}.`;
    return refuse(text, URLS);
  }
  const { message = '', code } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  if (message.includes("does not support 'tls'")) {
    return refuse(
      `The server at ${name} does not speak TLS. Use nats:// in ${URLS}, or the port that speaks it.`,
      URLS,
    );
  }
  if (typeof code !== 'string') return undefined;
  if (CERTIFICATE_CODES.test(code)) {
    const setting = 'NATS_TLS_CA_PATH';
    const text = `The certificate of ${name} is not trusted (${code}). Set ${setting} to the authority that signed it, and the host in ${URLS} to a name that it has.`;
    return refuse(text, setting);
  }
  if (TLS_CODES.test(code)) {
    const setting = 'NATS_TLS_CERT_PATH';
    const text = `TLS with ${name} fails (${code}). Set ${setting} and NATS_TLS_KEY_PATH to a certificate that the server accepts, and its key.`;
    return refuse(text, setting);
  }
  return undefined;
}

const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH|INVALID_CA)/;
const TLS_CODES = /^ERR_(SSL|OSSL|TLS)_/;
const TOO_SLOW = /authentication timeout/i;
