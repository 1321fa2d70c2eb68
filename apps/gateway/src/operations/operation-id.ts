import { hash, timingSafeEqual } from 'node:crypto';
import { FINGERPRINT_BYTES } from '#messaging';
import { HmacSha256 } from './hmac-sha256.js';
import type { OperationTypes } from './operation-types.js';

/** Which command an operation stands for, and with which payload. */
export interface OperationReference {
  readonly commandId: string;
  /** 16 hex digits: `fingerprintOf` the payload's bytes. */
  readonly fingerprint: string;
  /** Null for a type that this gateway no longer knows. */
  readonly type: string | null;
}

const VERSION = 1;
const COMMAND_ID_BYTES = 16;
const TYPE_BYTES = 2;
const TAG_BYTES = 16;
const SIGNED_BYTES = 1 + COMMAND_ID_BYTES + FINGERPRINT_BYTES + TYPE_BYTES;
const BYTES = SIGNED_BYTES + TAG_BYTES;
const TEXT_LENGTH = Math.ceil((BYTES * 4) / 3);

/**
 * Makes and reads operation ids. An id carries all that the gateway needs, signed for one principal, so that no gateway
 * keeps a list of them: version and key number, command id, fingerprint, type, and a tag over these and the principal.
 */
export class OperationIds {
  readonly #keys: readonly { readonly hmac: HmacSha256; readonly number: number }[];
  readonly #types: OperationTypes;

  /** The first secret signs, all verify. */
  constructor(secrets: readonly string[], types: OperationTypes) {
    if (secrets.length === 0) throw new RangeError('Operation ids need at least one secret: set OPERATION_SECRETS.');
    this.#keys = secrets.map((secret) => ({ hmac: new HmacSha256(secret), number: keyNumberOf(secret) }));
    this.#types = types;
  }

  issue(commandId: string, fingerprint: string, type: string, principal: string): string {
    const { hmac, number } = this.#keys[0]!;
    const bytes = Buffer.allocUnsafe(BYTES);
    bytes[0] = (VERSION << 4) | number;
    bytes.write(commandId.replaceAll('-', ''), 1, 'hex');
    bytes.write(fingerprint, 1 + COMMAND_ID_BYTES, 'hex');
    bytes.writeUInt16BE(this.#types.numberOf(type), SIGNED_BYTES - TYPE_BYTES);
    bytes.write(tagOf(bytes.subarray(0, SIGNED_BYTES), principal, hmac), SIGNED_BYTES, 'hex');
    return bytes.toString('base64url');
  }

  /** Undefined for what no gateway of this installation issued to this principal. */
  read(id: string, principal: string): OperationReference | undefined {
    if (id.length !== TEXT_LENGTH) return undefined;
    const bytes = Buffer.from(id, 'base64url');
    // Unused bits at the end and foreign letters decode too: only the one spelling that was issued counts.
    if (bytes.length !== BYTES || bytes.toString('base64url') !== id) return undefined;
    const lead = bytes[0]!;
    if (lead >> 4 !== VERSION || !this.#isSigned(bytes, lead & 15, principal)) return undefined;
    return {
      commandId: uuidOf(bytes.toString('hex', 1, 1 + COMMAND_ID_BYTES)),
      fingerprint: bytes.toString('hex', 1 + COMMAND_ID_BYTES, SIGNED_BYTES - TYPE_BYTES),
      type: this.#types.typeOf(bytes.readUInt16BE(SIGNED_BYTES - TYPE_BYTES)) ?? null,
    };
  }

  #isSigned(bytes: Buffer, number: number, principal: string): boolean {
    const signed = bytes.subarray(0, SIGNED_BYTES);
    const tag = bytes.subarray(SIGNED_BYTES);
    return this.#keys.some(
      (key) => key.number === number && timingSafeEqual(Buffer.from(tagOf(signed, principal, key.hmac), 'hex'), tag),
    );
  }
}

/** Tells most secrets apart without their order in the list, which rotation changes. */
function keyNumberOf(secret: string): number {
  return Number.parseInt(hash('sha256', `sluice operation key number\n${secret}`, 'hex')[0]!, 16);
}

/** In hex. */
function tagOf(signed: Uint8Array, principal: string, hmac: HmacSha256): string {
  return hmac.hex(signed, principal).slice(0, TAG_BYTES * 2);
}

function uuidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
