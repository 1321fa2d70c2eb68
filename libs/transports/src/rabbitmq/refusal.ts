import { TransportError } from '#messaging';

const URLS = 'RABBITMQ_URLS';

/** What waiting does not mend, as an error that names the way out; undefined where the broker may simply be away. */
export function refusalOf(
  cause: unknown,
  { name, vhost }: { readonly name: string; readonly vhost: string },
): TransportError | undefined {
  const { message, code } = cause as NodeJS.ErrnoException;
  const refuse = (text: string, setting: string) => new TransportError(text, { setting, cause });
  if (message.includes('terminated by server: 403')) {
    return refuse(`The broker at ${name} refuses the user or its password. Correct them in ${URLS}.`, URLS);
  }
  if (message.includes('ACCESS_REFUSED')) {
    const [, what = 'what it needs'] = /ACCESS_REFUSED - (.*?)"?$/.exec(message) ?? [];
    const text = `The broker at ${name} does not give this user its rights (${what}). Give it configure, write and read, or set another user in ${URLS}.`;
    return refuse(text, URLS);
  }
  // The broker answers the opening of a virtual host with a close, whose text the client does not pass on.
  if (/Expected ConnectionOpenOk; got <ConnectionClose/.test(message)) {
    const text = `The broker at ${name} has no virtual host '${vhost}', or not for this user. Create it there and give the user rights on it, or change the path in ${URLS}.`;
    return refuse(text, URLS);
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return refuse(`${name} does not speak TLS. Use amqp:// in ${URLS}, or the port that speaks it.`, URLS);
  }
  if (typeof code === 'string' && CERTIFICATE_CODES.test(code)) {
    const setting = 'RABBITMQ_TLS_CA_PATH';
    const text = `The certificate of ${name} is not trusted (${code}). Set ${setting} to the authority that signed it, and the host in ${URLS} to a name that it has.`;
    return refuse(text, setting);
  }
  if (typeof code === 'string' && TLS_CODES.test(code)) {
    const setting = 'RABBITMQ_TLS_CERT_PATH';
    const text = `TLS with ${name} fails (${code}). Set ${setting} and RABBITMQ_TLS_KEY_PATH to a certificate that the broker accepts, and its key.`;
    return refuse(text, setting);
  }
  return undefined;
}

const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH|INVALID_CA)/;
const TLS_CODES = /^ERR_(SSL|OSSL|TLS)_/;
