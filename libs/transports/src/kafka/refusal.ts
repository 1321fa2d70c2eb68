import { AuthenticationError, findErrorBy } from '@platformatic/kafka';
import { TransportError } from '#messaging';
import { nameOf, type Address } from './address.js';

/** What waiting does not mend, as an error that names the way out; undefined where the broker may simply be away. */
export function refusalOf(cause: unknown, address: Address): TransportError | undefined {
  const name = nameOf(address);
  const refuse = (text: string, setting: string) => new TransportError(text, { setting, cause });
  const chain = chainOf(cause);
  const known = chain.find((error) => error instanceof TransportError);
  if (known) return known as TransportError;
  if (chain.some((error) => findErrorBy(error, 'apiId', 'UNSUPPORTED_SASL_MECHANISM'))) {
    const setting = 'KAFKA_SASL_MECHANISM';
    return refuse(
      `The broker at ${name} does not take that way of proving who we are. Set ${setting} to one that its listener has.`,
      setting,
    );
  }
  if (chain.some((error) => error instanceof AuthenticationError)) {
    const text = `The broker at ${name} refuses the user or its password. Correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD.`;
    return refuse(text, 'KAFKA_SASL_PASSWORD');
  }
  return tlsRefusalOf(chain, name, refuse);
}

function tlsRefusalOf(
  chain: readonly NodeJS.ErrnoException[],
  name: string,
  refuse: (text: string, setting: string) => TransportError,
): TransportError | undefined {
  if (chain.some(({ message }) => message.includes('Broker requires TLS'))) {
    return refuse(
      `The broker at ${name} speaks only TLS. Set KAFKA_TLS to on, or KAFKA_BROKERS to another listener.`,
      'KAFKA_TLS',
    );
  }
  const codeLike = (pattern: RegExp) => chain.map(({ code }) => code ?? '').find((code) => pattern.test(code));
  if (codeLike(SPEAKS_NO_TLS) || chain.some(({ message }) => message.includes('TLS handshake failed'))) {
    return refuse(
      `${name} does not speak TLS. Set KAFKA_TLS to off, or KAFKA_BROKERS to the listener that speaks it.`,
      'KAFKA_TLS',
    );
  }
  const ofCertificate = codeLike(CERTIFICATE_CODES);
  if (ofCertificate !== undefined) {
    const setting = 'KAFKA_TLS_CA_PATH';
    const text = `The certificate of ${name} is not trusted (${ofCertificate}). Set ${setting} to the authority that signed it, and the host in KAFKA_BROKERS to a name that it has.`;
    return refuse(text, setting);
  }
  const ofTls = codeLike(TLS_CODES);
  if (ofTls === undefined) return undefined;
  const setting = 'KAFKA_TLS_CERT_PATH';
  const text = `TLS with ${name} fails (${ofTls}). Set ${setting} and KAFKA_TLS_KEY_PATH to a certificate that the broker accepts, and its key.`;
  return refuse(text, setting);
}

/** An error and what caused it, the outermost first. */
function chainOf(error: unknown): NodeJS.ErrnoException[] {
  const chain: NodeJS.ErrnoException[] = [];
  // By their shape, since errors of the system may be of another realm.
  for (let next = error as NodeJS.ErrnoException | undefined; next?.message !== undefined;) {
    chain.push(next);
    next = next.cause as NodeJS.ErrnoException | undefined;
  }
  return chain;
}

const SPEAKS_NO_TLS = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/;
const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH|INVALID_CA)/;
const TLS_CODES = /^ERR_(SSL|OSSL|TLS)_/;
